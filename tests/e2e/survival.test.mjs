// Interruptions in mid-run: the worker dies, the visitor cancels. The page must say so, stay usable and be able to run again.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, untilRunIs, visit } from './visit.mjs';

const CANCEL_LIMIT_MS = 100;
const CANCEL_FAILURE_MS = 500;

describe('a run that is interrupted', { timeout: 300_000 }, () => {
  let browser;
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());

  it('survives the death of its worker', async (t) => {
    const page = await visit(browser, '?customers=50000&seed=42&run=all');
    await untilRunIs(page, 'running');
    const [worker] = page.workers();
    assert.ok(worker, 'the run is in a worker');
    const start = Date.now();
    const death = worker.waitForEvent('close');
    await worker.evaluate(() => self.close());
    await death;
    const notice = page.locator(NOTICE).first();
    await notice.waitFor({ timeout: 30_000 });
    t.diagnostic(`after ${Date.now() - start} ms the page says: ${(await notice.innerText()).replace(/\s+/g, ' ')}`);
    const report = await finishedReport(page);
    assert.equal(report.tables.CONTINUOUS_CLV_PREDICTIONS.rows, 50_000);
    assert.ok(report.models.CONTINUOUS_CLV_MODEL.metrics.test.r2 > 0);
    assertNone(page.troubles.filter((trouble) => trouble.startsWith('exception')));
    await page.context().close();
  });

  it('is cancelled at once, and another one can follow', async (t) => {
    const page = await visit(browser, '?customers=50000&seed=42&run=all');
    await untilRunIs(page, 'running');
    const cancel = page.getByRole('button', { name: 'Cancel', exact: true });
    await cancel.waitFor();
    const elapsed = await cancel.evaluate((button) => new Promise((resolve) => {
      const start = performance.now();
      const root = document.documentElement;
      new MutationObserver(() => root.dataset.run === 'cancelled' && resolve(performance.now() - start)).observe(root, { attributes: true });
      button.click();
    }));
    t.diagnostic(`cancelled after ${elapsed.toFixed(0)} ms; limit ${CANCEL_LIMIT_MS} ms, fails at ${CANCEL_FAILURE_MS} ms`);
    assert.ok(elapsed < CANCEL_FAILURE_MS);
    await runButton(page).click();
    await untilRunIs(page, 'running');
    const report = await finishedReport(page);
    assert.equal(report.tables.CONTINUOUS_CLV_PREDICTIONS.rows, 50_000);
    assertNone(page.troubles);
    await page.context().close();
  });
});
