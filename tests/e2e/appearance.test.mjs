// How every page looks and reads, in both themes: fits all widths, has no serious accessibility fault, before and after a run.
// Takes pictures for people on the way.
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { createRequire } from 'node:module';
import { THEMES, photographPages } from './pictures.mjs';
import { assertNone, finishedReport, goTo, openBrowser, pagesOffered, runButton, visit } from './visit.mjs';

const SIZES = [[320, 640], [390, 844], [1440, 900], [3840, 2160]].map(([width, height]) => ({ width, height }));
const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

for (const theme of THEMES) {
  describe(`every page in the ${theme} theme`, { timeout: 240_000 }, () => {
    let browser, page;
    before(async () => {
      browser = await openBrowser();
      page = await visit(browser, `?theme=${theme}`, { scripts: [AXE] });
    });
    after(() => browser?.close());

    it('has no serious accessibility fault before a run', () => judgeAccessibility());

    it('finishes the run of a first visit', async () => {
      await runButton(page).click();
      await finishedReport(page);
    });

    it('has no serious accessibility fault after a run', () => judgeAccessibility());

    it('fits widths from 320 to 3840 pixels', async () => {
      const faults = [];
      for (const size of SIZES) {
        await page.setViewportSize(size);
        for (const href of await pagesOffered(page)) {
          await goTo(page, href);
          const { needed, available, culprits } = await page.evaluate(overflow);
          if (needed > available) faults.push(`${href} needs ${needed} of ${available} px: ${culprits.join(', ')}`);
        }
      }
      assertNone(faults);
    });

    it('can be photographed', () => photographPages(page, theme));

    it('logs no error', () => assertNone(page.troubles));

    async function judgeAccessibility() {
      const faults = [];
      for (const size of [SIZES[1], SIZES[2]]) {
        await page.setViewportSize(size);
        for (const href of await pagesOffered(page)) {
          await goTo(page, href);
          const violations = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations);
          for (const { id, impact, nodes } of violations) {
            if (impact !== 'serious' && impact !== 'critical') continue;
            faults.push(`${href} at ${size.width} px: ${id} (${impact}) on ${nodes.map(({ target }) => target.join(' ')).slice(0, 5).join(' | ')}`);
          }
        }
      }
      assertNone(faults);
    }
  });
}

/** Runs in the page: how wide it is, and which elements stick out furthest. */
function overflow() {
  const available = document.documentElement.clientWidth;
  const needed = document.documentElement.scrollWidth;
  const culprits = [...document.body.querySelectorAll('*')]
    .filter((element) => element.getBoundingClientRect().right > available + 1)
    .slice(0, 5)
    .map((element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`);
  return { needed, available, culprits };
}
