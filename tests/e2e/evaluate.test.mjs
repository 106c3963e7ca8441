// A version in detail and the money view: by mouse and by keyboard, at full width and on a phone; charts saved as files.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { assertNone, finishedReport, openBrowser, settled, visit } from './visit.mjs';

const MODEL = 'CONTINUOUS_CLV_MODEL';

describe('a version in detail', { timeout: 300_000 }, () => {
  let browser, page, report;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '?customers=2000&run=train#/evaluate/detail', { acceptDownloads: true });
    report = await finishedReport(page);
  });
  after(() => browser?.close());

  const figure = (title) => page.getByRole('figure').filter({ hasText: title });
  const cells = async (region, row) =>
    page.getByRole('region', { name: region }).getByRole('row', { name: row }).getByRole('cell').allInnerTexts();
  const dollars = (text) => Number(text.replace(/[^0-9.−-]/g, '').replace('−', '-'));
  const download = async (press) => {
    const [file] = await Promise.all([page.waitForEvent('download'), press()]);
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
  };

  it('tells how well the version orders customers', async () => {
    await page.getByTestId('ranking').getByText('Normalised Gini').waitFor();
    const gini = Number(await page.getByTestId('ranking').locator('.metric-value').first().innerText());
    assert.ok(gini > 0.2 && gini < 1, `${gini}`);
    await figure('Spend that the highest predictions bring').getByText(/20.% of customers .* bring \d+.% of all spend/).waitFor();
  });

  it('divides the errors by any column', async () => {
    await page.getByTestId('slices').filter({ hasText: /^By / }).waitFor();
    await page.getByLabel('Divided by', { exact: true }).selectOption('FREQUENCY');
    await page.getByTestId('slices').filter({ hasText: /^By FREQUENCY/ }).waitFor();
    const rows = page.getByRole('region', { name: 'Errors by the values of a column' }).locator('tbody tr');
    const counts = await rows.locator('td:first-of-type').allInnerTexts();
    const n = counts.reduce((sum, text) => sum + dollars(text), 0);
    assert.equal(n, report.models[MODEL].metrics.test.rows);
  });

  it('measures what its intervals hold', async () => {
    const [meant, held] = await cells('Prediction intervals', /equally wide/);
    assert.match(meant, /^90/);
    assert.ok(parseFloat(held) > 70 && parseFloat(held) <= 100, held);
  });

  it('shows predictions against spend on either scale, and errors by prediction', async () => {
    const scatter = figure('Predicted against actual spend');
    await scatter.getByText(/lie within a factor of two/).waitFor();
    await page.getByRole('button', { name: 'Linear scale' }).click();
    await scatter.getByText(/outside the picture/).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Linear scale' }).getAttribute('aria-pressed'), 'true');
    await figure('Errors of V1 by its prediction').getByText(/of them are predicted too much/).waitFor();
  });

  it('saves every chart as a drawing and as a picture', async () => {
    const gains = figure('Spend that the highest predictions bring');
    const svg = await download(() => gains.getByRole('button', { name: 'Save as SVG' }).click());
    assert.equal(svg.name, 'spend-that-the-highest-predictions-bring.svg');
    assert.match(svg.bytes.toString(), /^<svg[\s\S]*perfect order[\s\S]*<\/svg>\s*$/);
    const png = await download(() => gains.getByRole('button', { name: 'Save as PNG' }).click());
    assert.deepEqual([...png.bytes.subarray(1, 4)], [...Buffer.from('PNG')]);
  });

  it('reckons what a campaign earns, and says why a number does not fit', async () => {
    await page.getByRole('link', { name: 'Money', exact: true }).click();
    await settled(page);
    const profit = page.getByTestId('profit');
    await profit.getByText(/highest predictions .* earns \$|nobody is worth a contact/).waitFor();
    await page.getByLabel('Cost of a contact, $').fill('0');
    await profit.getByText(/everybody would earn/).waitFor();
    const [share] = await cells('The best share by each way to choose', /at random/);
    assert.equal(share, '100 %', 'what costs nothing is done for everybody');
    await page.getByLabel('Cost of a contact, $').fill('1000000');
    await profit.getByText('nobody is worth a contact').waitFor();
    await page.getByLabel('Margin, %').fill('200');
    await page.getByText('Must be a number from 0 to 100.').waitFor();
    await page.getByLabel('Margin, %').fill('30');
  });

  it('is worked by keyboard alone', async () => {
    await page.getByLabel('Margin, %').focus();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('40');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'cost');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('3');
    await page.keyboard.press('Tab');
    await page.keyboard.type('60');
    await page.getByTestId('profit').getByText(/as many as the budget reaches \(20\)/).waitFor();
    await page.getByTestId('profit').locator('canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('profit').locator('.figure-read-out').filter({ hasText: /^0 % of customers/ }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByTestId('profit').locator('.figure-read-out').filter({ hasText: /^5 % of customers/ }).waitFor();
  });

  it('shows the classical pictures of repeat buying', async () => {
    await page.getByRole('link', { name: 'Repeat buying', exact: true }).click();
    await page.getByTestId('repeat').getByText(/BG\/NBD and gamma-gamma were fitted to/).waitFor();
    await figure('Who is still a customer').getByText(/P\(alive\) is .+% if the last was on day/).waitFor();
    await figure('Purchases to come').getByText(/in 365 days/).waitFor();
    await figure('Calibration against holdout').getByText(/The expectation is furthest off/).waitFor();
    await figure('Cumulative tracking').getByText(/repeat purchases came by the last day/).waitFor();
    await figure('Calibration against holdout').getByText('Figures as a table').click();
    const rows = figure('Calibration against holdout').getByRole('row');
    assert.ok((await rows.count()) >= 8, 'customers by their earlier purchases');
  });

  it('shows in the leakage lab that a leak promises what is not kept', async () => {
    await page.getByRole('link', { name: 'Leakage lab', exact: true }).click();
    const status = page.getByTestId('leakage');
    const chart = figure('What was promised, and what came of it');
    const kept = async (name) => {
      const row = chart.getByRole('row', { name });
      await row.waitFor();
      return (await row.getByRole('cell').allTextContents()).map((text) => Number(text.replace('−', '-')));
    };
    await page.getByLabel('Features', { exact: true }).selectOption('as of today');
    await page.getByRole('button', { name: 'Train and look ahead' }).click();
    await chart.getByText(/broken worst by “features as of today”/).waitFor();
    await chart.getByText('Figures as a table').click();
    const [offline, used] = await kept(/^features as of today/);
    const [honest] = await kept(/^Nothing wrong/);
    assert.ok(Math.abs(honest - report.models[MODEL].metrics.test.r2) < 0.001, 'nothing wrong is the run’s model');
    assert.ok(offline > honest && used < offline - 0.05, `${offline} ${used} ${honest}`);
    await page.getByText('The promise was not kept.').first().waitFor();
    await status.filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
  });

  it('tries every leak by keyboard alone, and can be stopped', async () => {
    await page.getByRole('button', { name: 'Every leak, one by one' }).focus();
    await page.keyboard.press('Enter');
    const stop = page.getByRole('button', { name: 'Stop', exact: true });
    await stop.waitFor();
    await stop.focus();
    await page.keyboard.press('Enter');
    await stop.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Every leak, one by one' }).focus();
    await page.keyboard.press('Enter');
    const stories = page.locator('.stories dt');
    await stories.filter({ hasText: 'hidden state as input' }).waitFor();
    assert.equal(await stories.count(), 6);
    await page.getByText('All figures').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('region', { name: 'Training sets offline and in use' }).waitFor();
  });

  it('fits on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const part of ['detail', 'money', 'repeat-buying', 'leakage', 'registry', 'compare']) {
      await page.evaluate((name) => { window.location.hash = `#/evaluate/${name}`; }, part);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${part} is ${wide} px wide`);
    }
  });

  it('made no console error', () => assertNone(page.troubles));
});
