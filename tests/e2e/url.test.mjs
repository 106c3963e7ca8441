// What a link may say: settings out of bounds are refused in words and replaced by the defaults; the smallest run still ends well.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, visit } from './visit.mjs';

const REFUSED = [
  ['customers', '-1'], ['customers', '1000000000000'], ['seed', 'abc'], ['seed', '9007199254740992'],
  ['trials', '0'], ['run', 'nonsense'],
];

describe('a link with settings', { timeout: 240_000 }, () => {
  let browser;
  before(async () => { browser = await openBrowser(); });
  after(() => browser?.close());

  for (const [name, value] of REFUSED) {
    it(`is told that ${name}=${value} is not possible, and offers the defaults`, async () => {
      const page = await visit(browser, `?${name}=${encodeURIComponent(value)}`);
      const notice = page.locator(NOTICE).filter({ hasText: new RegExp(name, 'i') });
      await notice.first().waitFor();
      assert.equal(await page.locator('html').getAttribute('data-run'), 'idle');
      await runButton(page).click();
      const { config } = await finishedReport(page);
      assert.deepEqual([config.seed, config.customers, config.trials], [42, 1_000, 20]);
      assertNone(page.troubles);
      await page.context().close();
    });
  }

  it('runs exactly what a good link says', async () => {
    const page = await visit(browser, '?seed=7&customers=2000&trials=3&run=all&tour=off&theme=dark#/predictions');
    const { config } = await finishedReport(page);
    assert.deepEqual([config.seed, config.customers, config.trials], [7, 2_000, 3]);
    assert.match(page.url(), /#\/predictions/);
    assert.equal(await page.locator(NOTICE).count(), 0);
    assertNone(page.troubles);
    await page.context().close();
  });

  it('with a single customer ends well, without models', async () => {
    const page = await visit(browser, '?customers=1&run=all');
    const report = await finishedReport(page);
    assert.equal(report.tables.CONTINUOUS_CUSTOMERS_PROFILE.rows, 1);
    assert.deepEqual(Object.keys(report.models), []);
    assertNone(page.troubles);
    await page.context().close();
  });
});
