// Trainings beside the run's: both engines, a value out of bounds, stopping, slow motion by slider and keyboard, one prediction with other
// inputs, a model exported and imported again, standardised columns.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, settled, visit } from './visit.mjs';

const MODEL = 'CONTINUOUS_CLV_MODEL';

describe('trainings beside the run', { timeout: 300_000 }, () => {
  let browser, page, report;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '?customers=2000#/train/trainings');
  });
  after(() => browser?.close());

  const open = async (fragment) => {
    await page.evaluate((hash) => { window.location.hash = hash; }, fragment);
    await settled(page);
  };
  const train = () => page.getByRole('button', { name: 'Train model' });
  const version = (name) => page.getByRole('region', { name: 'Versions' }).getByRole('row', { name: new RegExp(`^${name} `) });
  const cell = async (name, header) => {
    const headers = await page.getByRole('region', { name: 'Versions' }).getByRole('columnheader').allInnerTexts();
    return version(name).locator('th, td').nth(headers.indexOf(header)).innerText();
  };
  const nTrees = () => report.models[MODEL].n_trees;
  const round = () => page.getByTestId('round');

  it('says what is missing before a run', async () => {
    await page.getByText('There is a training set once the pipeline has run').waitFor();
    assert.ok(await train().isDisabled());
  });

  it('trains the run’s model again when nothing is changed', async () => {
    await runButton(page).click();
    report = await finishedReport(page);
    await version('V1').waitFor();
    await train().click();
    await version('V2').waitFor();
    for (const header of ['R² train', 'R² test', 'RMSE test', 'Leaves']) {
      assert.equal(await cell('V2', header), await cell('V1', header));
    }
  });

  it('refuses a value out of bounds in place, and trains with another one', async () => {
    const depth = page.getByLabel('max_depth', { exact: true });
    await depth.fill('17');
    await page.getByText('max_depth must be a whole number from 1 to 16.').waitFor();
    assert.ok(await train().isDisabled());
    await depth.fill('2');
    await train().click();
    await version('V3').waitFor();
    assert.equal(await cell('V3', 'max_depth'), '2');
    assert.notEqual(await cell('V3', 'R² test'), await cell('V1', 'R² test'));
  });

  it('compares the crate gbdt with the histograms, and says which parameters it lacks', async () => {
    await page.getByLabel('Engine', { exact: true }).selectOption({ index: 1 });
    await page.getByText('that this engine does not have').click();
    await page.getByText('the crate has no penalty on its size').first().waitFor();
    await page.getByLabel('n_estimators', { exact: true }).fill('5');
    await train().click();
    await version('V4').waitFor({ timeout: 120_000 });
    assert.equal(await cell('V4', 'Engine'), 'gbdt');
    await page.getByText(/A tree of V4 took the crate gbdt [\d,]+ times as long/).waitFor();
  });

  it('trains for a quantile, which covers its share', async () => {
    await page.getByLabel('Engine', { exact: true }).selectOption({ index: 0 });
    await page.getByLabel('Objective', { exact: true }).selectOption({ label: 'Quantile' });
    await page.getByLabel('quantile_alpha', { exact: true }).fill('0.8');
    await train().click();
    await version('V5').waitFor();
    const covered = parseFloat(await cell('V5', 'Actual ≤ predicted'));
    assert.ok(Math.abs(covered - 80) < 10, `${covered}`);
  });

  it('stops a training and keeps what was there', async () => {
    await page.getByLabel('Objective', { exact: true }).selectOption({ label: 'Squared error' });
    await page.getByLabel('n_estimators', { exact: true }).fill('20000');
    await train().click();
    await page.getByTestId('training').filter({ hasText: /of 20,000 trees.*about .* left/ }).waitFor();
    await page.getByRole('button', { name: 'Stop training' }).click();
    await page.getByTestId('training').filter({ hasText: /^$/ }).waitFor({ state: 'attached' });
    assert.equal(await version('V6').count(), 0);
    assert.equal(await version('V5').count(), 1);
  });

  it('exports a version, imports it again, and refuses a broken file with a sentence', async () => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: /V3 as XGBoost JSON/ }).click();
    const text = await readFile(await (await download).path(), 'utf8');
    assert.equal(JSON.parse(text).learner.objective.name, 'reg:squarederror');
    const choose = (name, content) => page.getByLabel(/Import a model/).setInputFiles({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
    await choose('elsewhere.json', text);
    await version('V6').waitFor();
    assert.equal(await cell('V6', 'Engine'), 'imported: elsewhere.json');
    assert.equal(await cell('V6', 'R² test'), await cell('V3', 'R² test'));
    await choose('broken.json', text.slice(0, 500));
    await page.locator(NOTICE).filter({ hasText: 'broken.json was not imported.' }).waitFor();
    assert.equal(await version('V7').count(), 0);
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
  });

  it('adds trees one by one in slow motion, by slider, keyboard and by itself', async () => {
    await open('#/train/rounds');
    await page.getByLabel('Version', { exact: true }).selectOption('V1');
    const slider = page.getByRole('slider', { name: 'Trees' });
    await round().filter({ hasText: new RegExp(`^1 tree of ${nTrees()}`) }).waitFor();
    await slider.focus();
    await page.keyboard.press('End');
    await round().filter({ hasText: new RegExp(`^${nTrees()} trees of ${nTrees()}`) }).waitFor();
    const rmse = Number((await round().innerText()).match(/RMSE \$([\d,.]+)/)[1].replace(',', ''));
    assert.ok(Math.abs(rmse - report.models[MODEL].metrics.test.rmse) < 1, `${rmse}`);
    await page.getByRole('figure').filter({ hasText: `Tree ${nTrees()}` }).waitFor();
    await page.keyboard.press('Home');
    await round().filter({ hasText: /^0 trees of / }).waitFor();
    await page.getByRole('button', { name: 'Play' }).click();
    await round().filter({ hasText: /^[3-9] trees of / }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: '+10', exact: true }).click();
    await round().filter({ hasText: /^1\d trees of / }).waitFor();
  });

  it('scores a customer with other inputs, and the parts add up', async () => {
    await open('#/train/explain');
    const figure = (name) => page.locator('.metric').filter({ has: page.getByText(name, { exact: true }) }).locator('.metric-value');
    const before = await figure('Prediction').innerText();
    await page.getByLabel('FREQUENCY', { exact: true }).fill('60');
    await page.getByLabel('MONETARY_TOTAL', { exact: true }).fill('9000');
    await page.getByText('against the data’s own inputs').waitFor();
    await figure('Prediction').filter({ hasNotText: before }).waitFor();
    await page.getByLabel('RECENCY_DAYS', { exact: true }).fill('soon');
    await page.getByText('"soon" is not a number').waitFor();
    assert.ok(Math.abs(Number((await figure('Sum less the whole').innerText()).replace('−', '-'))) < 0.01);
    await page.getByRole('button', { name: 'Take all changes back' }).click();
    await figure('Prediction').filter({ hasText: before }).waitFor();
    await page.getByLabel('Input, most important first').selectOption('REGION');
    await page.getByRole('figure').filter({ hasText: 'When REGION moves' }).waitFor();
  });

  it('shows what inputs contribute to many predictions, with this customer’s place', async () => {
    const swarm = page.getByRole('figure').filter({ hasText: 'What the inputs contribute' });
    await swarm.getByText(/contributes most: .* on average of \d+ test customers/).waitFor();
    await swarm.getByText('Figures as a table').click();
    const own = swarm.getByRole('row').nth(1).getByRole('cell').last();
    assert.match(await own.innerText(), /^[+−]\$/);
    await page.getByRole('figure').filter({ hasText: 'What REGION contributes' }).waitFor();
  });

  it('finds the nearest change that reaches a prediction, and it holds', async () => {
    const figure = (name) => page.locator('.metric').filter({ has: page.getByText(name, { exact: true }) }).locator('.metric-value');
    const dollars = async () => Number((await figure('Prediction').innerText()).replace(/[^\d.−-]/g, '').replace('−', '-'));
    const target = Math.round((await dollars()) * 1.3 + 30);
    await page.getByLabel('Prediction to reach, $').fill(String(target));
    // By keyboard alone.
    await page.getByRole('button', { name: 'Find the nearest change' }).focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('counterfactual').getByText(/instead of .* would be predicted/).waitFor();
    await page.getByRole('button', { name: 'Use it above' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('against the data’s own inputs').waitFor();
    const after = await dollars();
    assert.ok(after >= target - 1, `${after} reaches ${target}`);
    await page.getByRole('button', { name: 'Take all changes back' }).click();
  });

  it('shows that standardised columns change nothing', async () => {
    await open('#/train');
    await page.getByText('Preprocessing fitted on the training rows').click();
    await page.getByRole('button', { name: 'Train on standardised columns and compare' }).click();
    await page.getByText('Trained again on standardised columns').waitFor();
  });

  it('had no trouble on the way', () => assertNone(page.troubles));
});
