// One customer's life: choosing whom, choosing the day by slider and keyboard, seeing values and the rows behind them change; the
// catalogue of features; and what was attainable, customer by customer.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, settled, visit } from './visit.mjs';

describe('a customer’s features on any day', { timeout: 240_000 }, () => {
  let browser, page, slider;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '#/features/timeline');
    slider = page.getByRole('slider', { name: 'Observation date' });
  });
  after(() => browser?.close());

  const open = async (fragment) => {
    await page.evaluate((hash) => { window.location.hash = hash; }, fragment);
    await settled(page);
  };
  const line = (name) => page.getByRole('row').filter({ has: page.getByRole('button', { name, exact: true }) });
  const value = async (name) => (await line(name).locator('td').first().innerText()).trim();
  /** Waits until the answer for the day that the slider shows has come. */
  const untilValue = (name, expected) => line(name).locator('td').first().filter({ hasText: expected }).waitFor();

  it('says what will appear before a run', async () => {
    await page.getByText('appear here once the pipeline has computed the features').waitFor();
  });

  it('shows somebody who bought, with every feature as of the last day', async () => {
    await runButton(page).click();
    await finishedReport(page);
    await slider.waitFor();
    await line('MONETARY_VS_COHORT').waitFor();
    assert.equal(await page.locator('table.moment tbody tr').count(), 37);
    assert.ok(Number(await value('FREQUENCY')) >= 12);
    assert.equal(await slider.inputValue(), await slider.getAttribute('max'));
    assert.match(await page.locator('.observation-words').innerText(), /2025-06-30, the last day/);
  });

  it('goes back day by day on the keyboard, and the features follow', async () => {
    const before = Number(await value('RECENCY_DAYS').then((text) => text.replace(' d', '')));
    await slider.focus();
    await page.keyboard.press('ArrowLeft');
    await page.getByText('2025-06-29, 1 day before').waitFor();
    if (before > 0) await untilValue('RECENCY_DAYS', `${before - 1} d`);
    await page.keyboard.press('Home');
    await untilValue('FREQUENCY', /^[01]$/);
    assert.match(await page.locator('figure figcaption p').innerText(), /As of \d{4}-\d\d-\d\d, [01] of \d+ purchases/);
    await page.getByRole('button', { name: '+90 days' }).click();
    await page.keyboard.press('Home');
  });

  it('shows the rows behind a feature', async () => {
    await slider.focus();
    await page.keyboard.press('End');
    await page.getByText('the last day of the data').waitFor();
    const button = page.getByRole('button', { name: 'RECENT_90D_COUNT', exact: true });
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    const count = await value('RECENT_90D_COUNT');
    await page.getByText(`RECENT_90D_COUNT is computed from ${count} of them.`).waitFor();
    await page.locator('figure details summary').click();
    const used = page.locator('figure tbody tr').filter({ hasText: 'yes, and used' });
    assert.equal(await used.count(), Number(count));
  });

  it('finds a customer by id, and says whom there is when there is no such customer', async () => {
    const field = page.getByLabel('Customer', { exact: true });
    await field.fill('17');
    await field.press('Enter');
    await page.getByRole('heading', { name: 'Customer 17' }).waitFor();
    await field.fill('nobody');
    await field.press('Enter');
    await page.locator(NOTICE).filter({ hasText: 'There is no such customer. The 1000 customers are called 1 to 1000.' }).waitFor();
    await page.getByRole('heading', { name: 'Customer 17' }).waitFor();
    await page.getByRole('button', { name: 'Next', exact: true }).click();
    await page.getByRole('heading', { name: 'Customer 18' }).waitFor();
  });

  it('finds features by name, meaning and formula', async () => {
    await open('#/features');
    const search = page.getByRole('searchbox');
    await search.fill('email click');
    const hits = page.getByRole('region', { name: 'Features found' }).locator('tbody tr');
    await hits.first().waitFor();
    const texts = await hits.allInnerTexts();
    assert.ok(texts.length >= 3 && texts.every((text) => /email/i.test(text)), texts.join('\n'));
    await search.fill('no such feature');
    await page.getByText('0 features found').waitFor();
    assert.equal(await hits.count(), 0);
  });

  it('lists what was attainable, some customers on the page and all in a file', async () => {
    await open('#/evaluate');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: /^Download every customer/ }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
    assert.equal(lines[0], 'CUSTOMER_ID,SIGNUP_DATE,SPLIT,ACTUAL_12M_LTV,PREDICTED_12M_LTV,ORACLE_12M_LTV,FAIR_BOUND_12M_LTV');
    assert.equal(lines.length, 1_001);
    const shown = page.getByRole('region', { name: /test customers, from the smallest fair bound/ }).locator('tbody tr');
    assert.equal(await shown.count(), 12);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open('#/features/timeline');
    await slider.waitFor();
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} px wide`);
  });

  it('logs no error', () => assertNone(page.troubles));
});
