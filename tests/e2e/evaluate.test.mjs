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

  it('fits on a phone', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const part of ['detail', 'money', 'registry', 'compare']) {
      await page.evaluate((name) => { window.location.hash = `#/evaluate/${name}`; }, part);
      await settled(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${part} is ${wide} px wide`);
    }
  });

  it('made no console error', () => assertNone(page.troubles));
});
