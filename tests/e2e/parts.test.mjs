// What is a file of its own: pages, fetched ahead while nothing else happens, and what the worker does on demand; waited for in words, and
// told of when they do not come.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { NOTICE, assertNone, finishedReport, goTo, openBrowser, pagesOffered, runButton, settled, visit } from './visit.mjs';

const FIRST_VISIT_LIMIT_KB = 1_500;
const LONG_TASK_LIMIT_MS = 50;
const LONG_TASK_FAILURE_MS = 250;

// Runs before the page's own scripts: while `window.unplugged`, no part comes; while `window.held`, none comes yet.
const UNPLUGGED = `
  const fetchAnything = window.fetch;
  let release;
  window.held = new Promise((resolve) => { release = resolve; });
  window.release = () => { window.held = undefined; release(); };
  window.fetch = async (...asked) => {
    if (!String(asked[0]).includes('/part_')) return fetchAnything(...asked);
    await window.held;
    if (window.unplugged) throw new TypeError('unplugged');
    return fetchAnything(...asked);
  };`;

/** Goes where no link of the navigation leads. */
const open = (page, hash) => page.evaluate((to) => { window.location.hash = to; }, hash);

describe('pages that are files of their own', { timeout: 120_000 }, () => {
  let browser;
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());

  it('are all there once the network is gone, and open without a long task', async (t) => {
    const page = await visit(browser);
    await page.waitForLoadState('networkidle');
    await page.context().setOffline(true);
    const began = await page.evaluate(() => performance.now());
    for (const href of await pagesOffered(page)) {
      await goTo(page, href);
      assert.ok((await page.locator('main').innerText()).length > 150, `${href} has content`);
    }
    assert.equal(await page.locator(NOTICE).count(), 0);
    const tasks = await page.evaluate((start) => window.longTasks.filter(({ startTime }) => startTime > start), began);
    const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
    t.diagnostic(`longest task on opening a page: ${longest.toFixed(0)} ms; limit ${LONG_TASK_LIMIT_MS} ms, fails at ${LONG_TASK_FAILURE_MS} ms`);
    assert.ok(longest < LONG_TASK_FAILURE_MS);
    // The browser asks for the icon again when the title changes.
    assertNone(page.troubles.filter((trouble) => !trouble.includes('favicon')));
    await page.context().close();
  });

  it('fit, all together, into what a first visit may transfer', async (t) => {
    const weights = [];
    const page = await visit(browser, '', { onResponse: (response) => weights.push(response.body().then((body) => gzipSync(body, { level: 9 }).length)) });
    await page.waitForLoadState('networkidle');
    const kilobytes = (await Promise.all(weights)).reduce((sum, bytes) => sum + bytes, 0) / 1_000;
    t.diagnostic(`a first visit without a click transfers ${weights.length} files, gzipped ${kilobytes.toFixed(0)} kB of ${FIRST_VISIT_LIMIT_KB} kB`);
    assert.ok(kilobytes < FIRST_VISIT_LIMIT_KB);
    await page.context().close();
  });

  it('are waited for under their heading', async () => {
    const page = await visit(browser, '', { scripts: [UNPLUGGED] });
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByTestId('arriving').waitFor();
    const heading = page.getByRole('heading', { level: 1, name: 'Train' });
    assert.ok(await heading.evaluate((element) => element === document.activeElement), 'the heading has the focus');
    const top = await heading.boundingBox();
    await page.evaluate(() => window.release());
    await page.getByRole('link', { name: 'Train a version' }).waitFor();
    assert.equal(await page.getByTestId('arriving').count(), 0);
    assert.deepEqual(await heading.boundingBox(), top, 'nothing has jumped');
    assert.ok(await heading.evaluate((element) => element === document.activeElement), 'the focus has stayed');
    assertNone(page.troubles);
    await page.context().close();
  });

  it('say that they did not come, and come when asked again', async () => {
    const page = await visit(browser, '#/train', { scripts: [`${UNPLUGGED} window.unplugged = true; window.release();`] });
    const again = page.locator(NOTICE).getByRole('button', { name: 'Try again' });
    await again.click();
    await page.getByTestId('arriving').waitFor({ state: 'detached' });
    await again.waitFor();
    await page.evaluate(() => { window.unplugged = false; });
    await again.click();
    await page.getByRole('link', { name: 'Train a version' }).waitFor();
    await settled(page);
    assert.equal(await page.locator(NOTICE).count(), 0);
    assertNone(page.troubles.filter((trouble) => !trouble.includes('unplugged')));
    await page.context().close();
  });

  it('of the worker come when the pipeline has run, and no earlier', async () => {
    const fetched = [];
    const page = await visit(browser, '', { onResponse: (response) => response.url().includes('/later_') && fetched.push(response.url()) });
    await page.waitForLoadState('networkidle');
    assert.deepEqual(fetched.filter((url) => url.endsWith('.wasm')), []);
    await runButton(page).click();
    await finishedReport(page);
    await page.waitForLoadState('networkidle');
    assert.ok(fetched.some((url) => url.endsWith('.wasm')), 'they come before somebody asks');
    await page.context().setOffline(true);
    await open(page, '#/evaluate/detail');
    await page.getByTestId('ranking').getByText('Normalised Gini').waitFor();
    assertNone(page.troubles.filter((trouble) => !trouble.includes('favicon')));
    await page.context().close();
  });

  it('of the worker are missed in words, and come when asked again', async () => {
    const page = await visit(browser, '');
    await page.context().route('**/later_*.wasm', (route) => route.abort());
    await runButton(page).click();
    await finishedReport(page);
    assert.equal(await page.locator(NOTICE).count(), 0, 'nobody has asked yet');
    await open(page, '#/evaluate/detail');
    await page.locator(NOTICE).filter({ hasText: 'could not be fetched' }).first().waitFor();
    await page.context().unroute('**/later_*.wasm');
    await open(page, '#/evaluate');
    await open(page, '#/evaluate/detail');
    await page.getByTestId('ranking').getByText('Normalised Gini').waitFor();
    assertNone(page.troubles.filter((trouble) => !/later_|Failed to load|fetch/.test(trouble)));
    await page.context().close();
  });
});
