// `cargo xtask screenshots`: pictures of every page after a run at full size, and docs/overview.png for the README.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FOLDER, THEMES, photographPages } from './pictures.mjs';
import { finishedReport, goTo, openBrowser, visit } from './visit.mjs';

const DOCS = new URL('../../docs/', import.meta.url);

const browser = await openBrowser();
try {
  for (const theme of THEMES) {
    console.log(`Running the pipeline at full size (${theme})…`);
    const page = await visit(browser, `?customers=50000&seed=42&run=all&tour=off&theme=${theme}`);
    await finishedReport(page);
    if (theme === 'light') {
      await page.setViewportSize({ width: 1280, height: 800 });
      await goTo(page, '#/overview');
      await mkdir(DOCS, { recursive: true });
      await page.screenshot({ path: fileURLToPath(new URL('overview.png', DOCS)) });
    }
    await photographPages(page, theme);
    await page.context().close();
  }
  console.log(`The pictures are in ${fileURLToPath(FOLDER)} and docs/overview.png.`);
} finally {
  await browser.close();
}
