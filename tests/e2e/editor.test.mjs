// Features of the reader's own: written as formulas, computed while they are written, their mistakes marked where they are; then
// trained with, and held against the catalogue's version.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, visit } from './visit.mjs';

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
    assert.match(await page.locator('.code pre').first().innerText(), /DATEADD\('day', -180/);
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
    await name.fill('SPLIT');
    await page.getByText('choose another name').waitFor();
    await name.fill('FREQUENCY');
    // It would take the catalogue's place, where it cannot read itself.
    await fault.getByText('There is no feature and no column named FREQUENCY').waitFor();
    await formula.fill('1.5');
    await fault.getByText('what reads it expects the same type').waitFor();
    await formula.fill('FREQUENCY / RECENCY_DAYS');
    await name.fill('RATE');
    await found('RATE').waitFor();
  });

  it('adds it to the next run, changes and removes it, and the address carries it', async () => {
    const list = page.getByTestId('own-features');
    await page.getByRole('button', { name: 'Add to the next run' }).click();
    await list.locator('tr', { hasText: 'RATE' }).waitFor();
    assert.ok(new URL(page.url()).searchParams.get('feature') === 'RATE:FREQUENCY / RECENCY_DAYS', page.url());
    assert.ok(await page.getByRole('button', { name: 'In the next run' }).isDisabled());
    await formula.fill('FREQUENCY / CUSTOMER_TENURE_DAYS');
    await page.getByRole('button', { name: 'Change it in the next run' }).click();
    await list.getByText('FREQUENCY / CUSTOMER_TENURE_DAYS').waitFor();
    await page.getByLabel('Begin with a feature of the catalogue').selectOption('RECENT_30D_COUNT');
    assert.equal(await name.inputValue(), 'RECENT_30D_COUNT');
    await formula.fill('COUNT(CONTINUOUS_TRANSACTIONS, last 45 days)');
    await page.getByText('it would be part of PURCHASE_PATTERNS$V2').waitFor();
    await page.getByRole('button', { name: 'Add to the next run' }).click();
    await name.fill('DOUBLE_RATE');
    await formula.fill('RATE * 2');
    await found('DOUBLE_RATE').waitFor();
    await page.getByRole('button', { name: 'Add to the next run' }).click();
    await page.getByRole('button', { name: 'Remove DOUBLE_RATE' }).click();
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=own-features] tbody tr').length === 2);
  });

  it('trains with it, and shows both versions of what changed', async () => {
    await runButton(page).click();
    await page.locator('html[data-run=running]').waitFor({ state: 'attached' });
    const report = await finishedReport(page);
    assert.deepEqual(report.config.features.map((feature) => feature.name), ['RATE', 'RECENT_30D_COUNT']);
    await page.goto(`${page.url().split('#')[0]}#/features/versions`);
    const changed = page.getByTestId('revisions');
    await changed.locator('tr[data-feature=RECENT_30D_COUNT]').getByText('redefined').waitFor();
    await changed.locator('tr[data-feature=RATE]').getByText('new').waitFor();
    await changed.locator('tr[data-feature=PURCHASE_VELOCITY_30D]').getByText('reads other values').waitFor();
    await page.locator('summary', { hasText: 'SQL: ' }).first().click();
    await page.locator('.diff [data-change=removed]', { hasText: '-30' }).first().waitFor();
    await page.locator('.diff [data-change=added]', { hasText: '-45' }).first().waitFor();
    await page.getByRole('table', { name: 'Dataset snapshots' }).getByText('CONTINUOUS_TRAINING_DATA_WITH_TARGET').waitFor();
    await page.goto(`${page.url().split('#')[0]}#/train`);
  });

  it('starts again from the link alone, and says what a bad link says', async () => {
    const again = await visit(browser, `?run=features&feature=${encodeURIComponent('HALF:FREQUENCY / 2')}#/features/DERIVED_FEATURES`);
    await finishedReport(again);
    await again.locator('tr[data-feature=HALF]').waitFor();
    assertNone(again.troubles);
    await again.context().close();
    const bad = await visit(browser, `?run=all&feature=${encodeURIComponent('BAD:NOTHING + 1')}`);
    await bad.locator(NOTICE).filter({ hasText: 'The own feature BAD cannot be computed' }).waitFor();
    await bad.context().close();
  });

  it('fits a phone', async () => {
    await page.goto(`${page.url().split('#')[0]}#/features/editor`);
    await found('Write a feature').waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= 390, `the page is ${width} px wide`);
  });

  it('logs no error', () => assertNone(page.troubles));
});
