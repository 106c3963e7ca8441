// The page by keyboard alone: whatever a mouse reaches, Tab and Enter reach, with a focus that can be seen.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { assertNone, finishedReport, openBrowser, visit } from './visit.mjs';

const TABS = 100;

describe('the page by keyboard alone', { timeout: 120_000 }, () => {
  let browser, page;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser);
  });
  after(() => browser?.close());

  it('runs the pipeline for 1,000 customers', async () => {
    await tabTo('Run pipeline');
    await page.keyboard.press('Enter');
    const report = await finishedReport(page);
    assert.equal(report.tables.CONTINUOUS_CUSTOMERS_PROFILE.rows, 1_000);
  });

  it('goes to the predictions', async () => {
    await tabTo('Predictions');
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/predictions/);
  });

  it('logs no error', () => assertNone(page.troubles));

  /** Presses Tab until the focus is on the control of that name. */
  async function tabTo(name) {
    const seen = [];
    for (let i = 0; i < TABS; i += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate(() => {
        const { activeElement } = document;
        const { outlineStyle, boxShadow } = getComputedStyle(activeElement);
        const label = activeElement.getAttribute('aria-label') ?? activeElement.innerText ?? '';
        return { name: label.replace(/\s+/g, ' ').trim(), visible: outlineStyle !== 'none' || boxShadow !== 'none' };
      });
      seen.push(focused.name);
      if (focused.name === name) {
        assert.ok(focused.visible, `the focus on "${name}" can be seen`);
        return;
      }
    }
    assert.fail(`"${name}" was not reached by ${TABS} tabs; these were: ${[...new Set(seen)].join(', ')}`);
  }
});
