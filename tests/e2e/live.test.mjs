// Live predictions: from a purchase to its prediction, a failure and its recovery, a promotion, an earlier moment, a year and what came of it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, settled, visit } from './visit.mjs';

const PREDICTIONS = 'CONTINUOUS_CLV_PREDICTIONS';
const FEATURES = 'CONTINUOUS_CUSTOMER_FEATURES';

describe('live predictions', { timeout: 420_000 }, () => {
  let browser, page;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '?customers=1000&run=train#/predictions/live');
    await finishedReport(page);
    await page.getByTestId('live-graph').getByRole('button', { name: PREDICTIONS }).waitFor();
  });
  after(() => browser?.close());

  const press = (name) => page.getByRole('button', { name, exact: true }).click();
  const clock = () => page.getByTestId('clock').innerText();
  const node = (name) => page.getByTestId('live-graph').locator(`[data-table="${name}"]`);
  const history = () => page.getByRole('region', { name: 'Refresh history' }).locator('tbody tr');
  const lineOf = (table, action) => history().filter({ hasText: table }).filter({ hasText: action }).first();
  const explained = () => page.getByTestId('live-customer');

  it('begins where the run ended, with every table fresh', async () => {
    assert.match(await clock(), /30 Jun 2025, 23:59/);
    await lineOf(PREDICTIONS, 'SUCCEEDED').waitFor();
    await page.getByTestId('alerts').getByText('Nothing alarms').waitFor();
    await node(FEATURES).getByText(/1,000/).first().waitFor();
  });

  it('goes on by steps and by itself, and events arrive', async () => {
    await press('To the next refresh');
    await page.getByTestId('clock').filter({ hasText: '1 Jul 2025, 00:00' }).waitFor();
    await press('1 hour/s');
    await page.getByTestId('clock-status').filter({ hasText: '1 hour per second' }).waitFor();
    await page.getByTestId('clock').filter({ hasText: /1 Jul 2025, 0[3-9]:/ }).waitFor();
    await press('Pause');
    await page.getByTestId('clock-status').filter({ hasText: 'Paused' }).waitFor();
    const then = await clock();
    await page.waitForTimeout(600);
    assert.equal(await clock(), then, 'the clock stands');
    await node('CONTINUOUS_INTERACTIONS_STAGING').getByText(/[1-9]\d* rows?/).waitFor();
  });

  it('takes a purchase by hand to its prediction and says why it changed', async () => {
    await page.getByLabel('Customer', { exact: true }).fill('17');
    await press('Show customer');
    await explained().filter({ hasText: '17' }).waitFor();
    const before = await explained().innerText();
    await page.getByLabel('AMOUNT', { exact: true }).fill('2500');
    await press('Add purchase');
    await node(PREDICTIONS).click();
    await press('Refresh now');
    await page.waitForFunction(
      ([id, text]) => document.querySelector(`[data-testid="${id}"]`)?.innerText !== text, ['live-customer', before]);
    await page.getByRole('region', { name: 'What came last' }).getByText('$2500.00').waitFor();
    await page.getByText('Why that refresh changed it').waitFor();
    await lineOf(PREDICTIONS, 'somebody asked').waitFor();
  });

  it('refuses what does not fit with a sentence, and keeps what was typed', async () => {
    await page.getByLabel('AMOUNT', { exact: true }).fill('12.345');
    await press('Add purchase');
    await page.locator(NOTICE).filter({ hasText: 'must be dollars such as 34.50' }).waitFor();
    assert.equal(await page.getByLabel('AMOUNT', { exact: true }).inputValue(), '12.345');
    await page.locator(NOTICE).getByRole('button').first().click();
  });

  it('reads tables as of an earlier moment without moving the clock', async () => {
    await node(PREDICTIONS).click();
    const rows = page.getByTestId('live-table').getByRole('region', { name: 'Rows' });
    await rows.locator('tbody tr').first().waitFor();
    const now = await clock();
    await page.getByLabel('Look back').fill('0');
    await page.getByTestId('as-of').filter({ hasText: '30 Jun 2025, 23:59' }).waitFor();
    await page.getByTestId('live-table').getByText(/30 Jun 2025, 23:59/).first().waitFor();
    assert.equal(await clock(), now);
    await press('Now');
    await page.getByTestId('as-of').waitFor({ state: 'hidden' });
  });

  it('measures both modes, which give the same rows', async () => {
    await press('Measure both modes');
    const measured = page.getByRole('region', { name: 'Rows computed and time taken in both modes' });
    await measured.getByText(FEATURES).waitFor();
  });

  it('shows a failure, and recovers from it', async () => {
    await page.getByRole('link', { name: 'Break it', exact: true }).click();
    await settled(page);
    const failure = page.getByTestId('alerts').getByText(`Refreshes of ${FEATURES} fail.`);
    await press('Make a table fail');
    await press('1 hour/s');
    await failure.waitFor();
    await page.getByTestId('live-states').getByRole('row', { name: new RegExp(`^${FEATURES}\\b.* failed`) }).waitFor();
    await page.getByRole('button', { name: 'Repair', exact: true }).first().click();
    const resume = page.getByRole('button', { name: 'Resume', exact: true }).first();
    await page.waitForTimeout(1_000);
    if (await resume.isEnabled()) await resume.click();
    await failure.waitFor({ state: 'detached' });
    await press('Pause');
  });

  it('alarms at amounts times 100, leads to the batch, and forgets it', async () => {
    await page.getByRole('link', { name: 'Break it', exact: true }).click();
    await press('Send cents as dollars');
    const alert = page.getByTestId('alerts').locator('li').filter({ hasText: 'Amounts have changed' }).first();
    await alert.getByText(/batch \d+: amounts in cents/).waitFor();
    await page.getByTestId('batches').getByRole('button', { name: /Delete/ }).first().click();
    await alert.waitFor({ state: 'detached' });
  });

  it('recomputes all predictions once when a version is promoted', async () => {
    await page.getByRole('link', { name: 'Train', exact: true }).click();
    await page.getByRole('link', { name: 'Train a version', exact: true }).click();
    await settled(page);
    await page.getByLabel('max_depth', { exact: true }).fill('3');
    await page.getByRole('button', { name: 'Train model' }).click();
    await page.getByRole('region', { name: 'Versions' }).getByRole('row', { name: /^V2 / }).waitFor({ timeout: 60_000 });
    await page.getByRole('link', { name: 'Evaluate', exact: true }).click();
    await page.getByRole('link', { name: 'Registry', exact: true }).click();
    await settled(page);
    await page.getByRole('button', { name: 'V2', exact: true }).first().click();
    await page.getByRole('button', { name: 'Promote', exact: true }).click();
    await page.getByRole('link', { name: 'Predictions', exact: true }).click();
    await page.getByRole('link', { name: 'Live', exact: true }).click();
    await lineOf('Version V2 serves.', 'REINITIALIZE').waitFor();
  });

  it('jumps a year ahead and says what came of the predictions', async () => {
    await page.getByRole('link', { name: 'What happened', exact: true }).click();
    await settled(page);
    await press('Jump 12 months');
    await page.getByTestId('clock').filter({ hasText: /Jul 2026/ }).waitFor({ timeout: 60_000 });
    await page.getByTestId('retrain').filter({ hasText: /R²/ }).waitFor({ timeout: 60_000 });
    await page.getByRole('figure').filter({ hasText: /tenth/i }).first().waitFor();
  });

  it('went without a trouble', () => assertNone(page.troubles));
});

describe('live predictions before a run', { timeout: 120_000 }, () => {
  it('says what is missing', async () => {
    const browser = await openBrowser();
    try {
      const page = await visit(browser, '#/predictions/live');
      await page.getByText(/Once the pipeline has scored its customers/).waitFor();
      assertNone(page.troubles);
    } finally {
      await browser.close();
    }
  });
});
