// A feature of the reader's own: written as a formula, computed while it is written, its mistakes marked where they are.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertNone, finishedReport, openBrowser, runButton, visit } from './visit.mjs';

describe('a feature of one’s own', { timeout: 240_000 }, () => {
  let browser, page, formula, name;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '#/features/editor');
    formula = page.getByLabel('Formula', { exact: true });
    name = page.getByLabel('Name', { exact: true });
  });
  after(() => browser?.close());

  const found = (title) => page.getByRole('heading', { name: title, exact: true });

  it('says what will be possible before a run', async () => {
    await page.getByText('a formula can be written here').waitFor();
    assert.equal(await formula.count(), 0);
  });

  it('computes the example for every customer, with SQL and sources', async () => {
    await runButton(page).click();
    await finishedReport(page);
    await found('MY_FEATURE').waitFor();
    await page.locator('dl.metrics').filter({ hasText: 'Different values' }).getByText('1,000').first().waitFor();
    assert.match(await page.locator('pre, code').filter({ hasText: 'CUSTOM_FEATURES$V1' }).first().innerText(), /DATEADD\('day', -180/);
    await page.locator('.own-sources li').filter({ hasText: 'CONTINUOUS_TRANSACTIONS: ' }).filter({ hasText: 'AMOUNT' }).waitFor();
  });

  it('follows what is typed, and every example works', async () => {
    await name.fill('WEEKLY_VISITS');
    await formula.fill("COUNT(CONTINUOUS_INTERACTIONS, EVENT_TYPE = 'website_visit', last 7 days)");
    await found('WEEKLY_VISITS').waitFor();
    const examples = page.locator('.own-examples button');
    for (const example of await examples.all()) {
      await example.click();
      const text = await formula.inputValue();
      await page.waitForFunction(() => document.querySelector('[data-testid=formula-fault]').innerText.trim() === '');
      assert.ok(text.length > 5);
      await found('WEEKLY_VISITS').waitFor();
    }
  });

  it('marks a mistake where it is and says what is allowed', async () => {
    await formula.fill('FREQUENCY / RECENCY_DAY');
    const fault = page.getByTestId('formula-fault');
    await fault.getByText('There is no feature and no column named RECENCY_DAY; near it are RECENCY_DAYS').waitFor();
    assert.equal(await fault.locator('mark').innerText(), 'RECENCY_DAY');
    assert.equal(await formula.getAttribute('aria-invalid'), 'true');
    await formula.fill('FREQUENCY / RECENCY_DAYS');
    await fault.locator('mark').waitFor({ state: 'detached' });
    await name.fill('FREQUENCY');
    await page.getByText('give each feature its own name').waitFor();
    await name.fill('RATE');
    await found('RATE').waitFor();
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} px wide`);
  });

  it('logs no error', () => assertNone(page.troubles));
});
