// The journey that everything stands on: the whole pipeline at full size, started by its link. Judges what the page reports and
// shows; the numbers' correctness is the native tests' concern.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { assertNone, finishedReport, goTo, openBrowser, pagesOffered, readReport, visit } from './visit.mjs';

const LONG_TASK_LIMIT_MS = 50;
const LONG_TASK_FAILURE_MS = 250;

describe('the whole pipeline at full size', { timeout: 240_000 }, () => {
  let browser, page, report, wallMs;

  before(async () => {
    browser = await openBrowser();
    const start = performance.now();
    page = await visit(browser, '?run=all&customers=50000&seed=42');
    report = await finishedReport(page);
    wallMs = performance.now() - start;
  });
  after(() => browser?.close());

  it('makes every table in its size', (t) => {
    const rows = Object.fromEntries(Object.entries(report.tables).map(([name, table]) => [name, table.rows]));
    t.diagnostic(`rows: ${JSON.stringify(rows)}`);
    assert.equal(rows.COLDSTART_CUSTOMERS, 50_000);
    assert.equal(rows.CONTINUOUS_CUSTOMERS_PROFILE, 50_000);
    assert.equal(rows.COLDSTART_CLV_PREDICTIONS, 5_000);
    assert.equal(rows.CONTINUOUS_CLV_PREDICTIONS, 50_000);
    assertBetween(rows.CONTINUOUS_TRANSACTIONS, 450_000, 550_000);
    assertBetween(rows.CONTINUOUS_INTERACTIONS, 4_500_000, 5_500_000);
    for (const [name, table] of Object.entries(report.tables)) assert.match(table.digest, /^[0-9a-f]+$/, name);
  });

  it('makes the same bytes as the native run', async () => {
    const named = [...Object.entries(report.tables), ...Object.entries(report.models)];
    const found = named.map(([name, { digest }]) => `${name} ${digest}`).sort();
    const golden = await readFile(new URL('../golden/digests-full-size.txt', import.meta.url), 'utf8');
    assert.deepEqual(found, golden.trim().split('\n').sort());
  });

  it('trains both models, and both explain something', (t) => {
    for (const name of ['COLDSTART_CLV_MODEL', 'CONTINUOUS_CLV_MODEL']) {
      const model = report.models[name];
      assert.ok(model, `${name} is in the report`);
      assert.ok(model.n_trees > 0, `${name} has trees`);
      for (const split of ['train', 'validation', 'test']) {
        const { rmse, mae, r2, rows } = model.metrics[split];
        for (const value of [rmse, mae, r2]) assert.ok(Number.isFinite(value), `${name}, ${split}: ${value} is finite`);
        assert.ok(r2 > 0, `${name}, ${split}: R² is ${r2}`);
        assert.ok(rows > 0);
        t.diagnostic(`${name}, ${split}: R² ${r2.toFixed(3)}, RMSE ${rmse.toFixed(2)}, ${rows} rows`);
      }
    }
  });

  it('reports how long each stage took', (t) => {
    assert.ok(report.stages.length > 0);
    for (const { name, ms } of report.stages) {
      assert.ok(ms >= 0, name);
      t.diagnostic(`${name}: ${ms.toFixed(0)} ms`);
    }
    const total = report.stages.reduce((sum, { ms }) => sum + ms, 0);
    t.diagnostic(`all stages: ${total.toFixed(0)} ms; from opening the page to the end: ${wallMs.toFixed(0)} ms of 15000 ms`);
  });

  it('shows every page of the navigation with content', async () => {
    const pages = await pagesOffered(page);
    for (const href of ['#/overview', '#/data', '#/features', '#/train', '#/evaluate', '#/predictions']) {
      assert.ok(pages.includes(href), `${href} is in the navigation`);
    }
    for (const href of pages) {
      await goTo(page, href);
      await page.locator('main :is(h1, h2)').first().waitFor();
      const text = await page.locator('main').innerText();
      assert.ok(text.length > 100, `${href} has content`);
      assert.doesNotMatch(text, /\bNaN\b|\bundefined\b/, href);
      const { uncaptioned, headless } = await page.locator('main').evaluate((main) => ({
        uncaptioned: [...main.querySelectorAll('figure')].filter((figure) => !figure.querySelector('figcaption')?.textContent.trim()).length,
        headless: [...main.querySelectorAll('table')].filter((table) => !table.querySelector('th')).length,
      }));
      assert.equal(uncaptioned, 0, `every figure of ${href} has a caption`);
      assert.equal(headless, 0, `every table of ${href} has headers`);
      assert.equal((await readReport(page)).config.customers, 50_000, `the report is present on ${href}`);
    }
  });

  it('shows rows of data and of predictions', async () => {
    for (const href of ['#/data', '#/predictions']) {
      await goTo(page, href);
      const rows = page.locator('main table tbody tr:visible, main [role=grid] [role=row]:visible');
      await rows.nth(4).waitFor();
    }
  });

  it('never holds up the page for long', async (t) => {
    const observed = await page.evaluate(() => window.longTasks);
    const longest = Math.max(0, report.main_thread?.longest_task_ms ?? 0, ...observed.map(({ duration }) => duration));
    for (const { startTime, duration } of observed) t.diagnostic(`task of ${duration.toFixed(0)} ms at ${startTime.toFixed(0)} ms`);
    t.diagnostic(`longest main-thread task: ${longest.toFixed(0)} ms; limit ${LONG_TASK_LIMIT_MS} ms, fails at ${LONG_TASK_FAILURE_MS} ms`);
    assert.ok(longest < LONG_TASK_FAILURE_MS);
  });

  it('logs no error and asks no other host', () => assertNone(page.troubles));
});

function assertBetween(value, low, high) {
  assert.ok(value >= low && value <= high, `${value} is between ${low} and ${high}`);
}
