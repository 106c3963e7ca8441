// Drift and expectations: the part of the Features page that holds what is served against what was trained on, and the statistics
// of every feature in its view.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertNone, finishedReport, openBrowser, runButton, settled, visit } from './visit.mjs';

const N_INPUTS = 56;
const number = (text) => Number(text.replace(/[$,]/g, '').replace('−', '-'));

describe('the health of features', { timeout: 240_000 }, () => {
  let browser, page;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '#/features/health');
  });
  after(() => browser?.close());

  const open = async (fragment) => {
    await page.evaluate((hash) => { window.location.hash = hash; }, fragment);
    await settled(page);
  };

  it('says what will appear before a run', async () => {
    await page.getByText('appears here after a run. Press Run pipeline.').waitFor();
    assert.equal(await page.getByTestId('health').count(), 0);
  });

  it('says in one sentence what drifts and what breaks', async (t) => {
    await runButton(page).click();
    await finishedReport(page);
    const verdict = page.getByTestId('health-verdict');
    await verdict.waitFor();
    const text = (await verdict.innerText()).trim();
    t.diagnostic(text);
    assert.match(text, /^\d+ of 56 model inputs drift, \d+ of them far.*; all \d+ expectations hold\.$/);
    await page.getByText('training rows of CONTINUOUS_TRAINING_DATA_WITH_TARGET').waitFor();
    await page.getByText('of COLDSTART_CUSTOMERS_STAGING').waitFor();
    await page.getByText('chance alone makes a PSI of up to').waitFor();
  });

  it('lists every model input by PSI, each with the verdict of the one rule', async () => {
    const rows = page.getByTestId('drifts').locator('tbody tr');
    assert.equal(await rows.count(), N_INPUTS);
    const found = await rows.evaluateAll((all) => all.map((row) => ({
      feature: row.dataset.feature, verdict: row.dataset.verdict, cells: [...row.querySelectorAll('td')].map((cell) => cell.innerText.trim()),
    })));
    const psis = found.map(({ cells }) => number(cells[0]));
    assert.deepEqual([...psis].sort((a, b) => b - a), psis);
    for (const [position, { feature, verdict, cells }] of found.entries()) {
      const psi = psis[position];
      // The figure is rounded to three digits.
      if (Math.abs(psi - 0.1) > 0.001 && Math.abs(psi - 0.25) > 0.001) {
        assert.equal(verdict, psi < 0.1 ? 'stable' : psi < 0.25 ? 'moderate' : 'large', feature);
      }
      assert.ok(cells[1].startsWith(verdict), `${feature}: ${cells[1]}`);
      const ks = cells[2] === '–' ? 0 : number(cells[2]);
      assert.ok(ks >= 0 && ks <= 1, `${feature}: ${cells[2]}`);
      for (const share of cells.slice(6, 8)) assert.match(share, /^(under )?[\d.]+\s%$/);
    }
    assert.equal(found.find(({ feature }) => feature === 'CUSTOMER_TENURE_DAYS').verdict, 'large');
    assert.equal(await rows.first().locator('svg.mini .mini-outline').count(), 1);
    await page.getByTestId('drifts').locator('xpath=../..').getByText('How this is computed').click();
    await page.getByText('Siddiqi 2006').waitFor();
  });

  it('shows a feature then and now, with its bins as a table', async () => {
    const figure = page.getByTestId('health').locator('figure');
    const first = await page.getByTestId('drifts').locator('tbody tr').first().getAttribute('data-feature');
    assert.equal(await figure.locator('h2').innerText(), `${first}, then and now`);
    const button = page.getByRole('button', { name: 'MADE_FIRST_PURCHASE', exact: true });
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
    await button.click();
    await figure.getByRole('heading', { name: 'MADE_FIRST_PURCHASE, then and now' }).waitFor();
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    assert.match(await figure.locator('figcaption p').innerText(), /^PSI \d\.\d{3}, a /);
    await figure.locator('details summary').click();
    assert.equal(await figure.locator('tbody tr').count(), 2);
    await figure.locator('canvas').focus();
    await page.keyboard.press('ArrowRight');
    assert.match(await figure.locator('.figure-read-out').innerText(), /of the training rows/);
  });

  it('holds every expectation against the values', async () => {
    const rows = page.getByTestId('expectations').locator('tbody tr');
    await rows.first().waitFor();
    const texts = await rows.allInnerTexts();
    assert.ok(texts.length >= 60, `only ${texts.length} expectations`);
    assert.equal(await page.getByTestId('expectations').locator('tr[data-state=held]').count(), texts.length);
    assert.ok(texts.every((text) => /holds/.test(text) && /in all 1,000 rows/.test(text)));
    assert.ok(texts.some((text) => /RFM_SCORE/.test(text) && /between 1 and 5/.test(text)));
    assert.ok(texts.some((text) => /LIFECYCLE_STAGE/.test(text) && /one of new, at_risk/.test(text)));
  });

  it('has the statistics of every feature in the table of its view', async () => {
    await open('#/features/RFM_FEATURES');
    const row = page.getByTestId('features').locator('tr[data-feature=MONETARY_TOTAL]');
    await row.locator('td.number').nth(8).filter({ hasText: /\d/ }).waitFor();
    const cells = (await row.locator('td.number').allInnerTexts()).map((text) => text.trim());
    const quantiles = cells.slice(0, 5).map(number);
    assert.deepEqual([...quantiles].sort((a, b) => a - b), quantiles);
    assert.match(cells[5], /^\$[\d,]+\.\d\d$/, 'mean');
    assert.match(cells[6], /^\$[\d,]+\.\d\d$/, 'deviation');
    assert.ok(number(cells[7]) > 100, 'distinct');
    assert.match(cells[8], /^\+0\.\d{3}$/, 'with target');
    assert.equal(cells[9], 'none');
    const days = page.getByTestId('features').locator('tr[data-feature=LAST_PURCHASE_DATE]');
    assert.match(await days.innerText(), /median\s20\d\d-\d\d-\d\d/);
  });

  it('fits a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const fragment of ['#/features/RFM_FEATURES', '#/features/health']) {
      await open(fragment);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${fragment} is ${width} px wide`);
    }
    await page.getByTestId('drifts').waitFor();
  });

  it('logs no error', () => assertNone(page.troubles));
});
