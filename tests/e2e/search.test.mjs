// A search for parameters: of a run and asked for; watched, paused, gone on with, stopped, steered by a point of one's own, looked into; bounds
// out of range are refused, and the page stays responsive.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, settled, visit } from './visit.mjs';

const MODEL = 'CONTINUOUS_CLV_MODEL';

describe('a search for parameters', { timeout: 300_000 }, () => {
  let browser, page, report;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '?customers=2000&trials=6&run=all#/train/search');
  });
  after(() => browser?.close());

  const status = () => page.getByTestId('search');
  const button = (name) => page.getByRole('button', { name, exact: true });
  const field = (name) => page.getByLabel(name, { exact: true }).and(page.locator('input, select'));
  const table = () => page.getByRole('region', { name: 'Trials' });
  const rows = () => table().locator('tbody tr');
  const figure = (title) => page.getByRole('figure').filter({ hasText: title });

  it('is part of a run, whose model has the best trial’s parameters', async () => {
    report = await finishedReport(page);
    for (const model of Object.values(report.models)) {
      assert.equal(model.trials.length, 6);
      const best = model.trials.reduce((a, b) => (b.rmse_validation < a.rmse_validation ? b : a));
      for (const [name, value] of Object.entries(best.params)) assert.equal(model.params[name], value, name);
      assert.ok(Math.abs(model.metrics.validation.rmse / best.rmse_validation - 1) < 1e-5);
    }
    assert.ok(report.stages.find((stage) => stage.name === `search:${MODEL}`).ms > 0);
    assert.ok(report.environment.workers >= 1);
  });

  it('shows every trial with its parameters and the best one so far', async () => {
    await status().filter({ hasText: /^6 of 6 trials.*done.*best so far/ }).waitFor();
    assert.equal(await rows().count(), 6);
    const headers = await table().getByRole('columnheader').allInnerTexts();
    const best = rows().filter({ hasText: 'best' });
    const trial = report.models[MODEL].trials.reduce((a, b) => (b.rmse_validation < a.rmse_validation ? b : a));
    const cell = await best.locator('th, td').nth(headers.indexOf('max_depth')).innerText();
    assert.equal(Number(cell), trial.params.max_depth);
    await figure('Trials in their order').getByText(/6 trials have finished/).waitFor();
  });

  it('is stopped at once, keeps what is finished, and trains the best of it', async () => {
    await field('Trials').fill('200');
    await button('Search').click();
    await status().filter({ hasText: /^[2-9] of 200/ }).waitFor();
    const begin = Date.now();
    await button('Stop search').click();
    await status().filter({ hasText: /stopped/ }).waitFor();
    assert.ok(Date.now() - begin < 2_000);
    const text = await status().innerText();
    assert.match(text, /best so far/);
    assert.ok(await rows().filter({ hasText: 'complete' }).count() >= 2);
    assert.ok(await button('Pause').isDisabled());
  });

  it('pauses after the trials under way and goes on', async () => {
    await field('Trials').fill('30');
    await button('Search').click();
    await status().filter({ hasText: /^[1-9]\d* of 30/ }).waitFor();
    await button('Pause').click();
    await status().filter({ hasText: /paused/ }).waitFor();
    await rows().filter({ hasText: 'running' }).first().waitFor({ state: 'detached' });
    const paused = Number((await status().innerText()).match(/^(\d+)/)[1]);
    assert.ok(paused < 30);
    await button('Resume').click();
    await status().filter({ hasText: /^30 of 30 trials.*done/ }).waitFor({ timeout: 120_000 });
    assert.equal(await rows().count(), 30);
  });

  it('lets one look into what it believes', async () => {
    await field('Along').selectOption('max_depth');
    await figure('Expected error along max_depth').getByText(/expected to be lowest/).waitFor();
    await field('And').selectOption('learning_rate');
    await figure('Expected error over max_depth and learning_rate').waitFor();
    await figure('Which parameters matter').getByText(/of the error’s variance/).waitFor();
    await page.getByText(/was chosen because an error of/).waitFor();
    await field('Only trials with').selectOption('RMSE');
    await page.getByRole('slider', { name: 'to', exact: true }).fill('20');
    await figure('Parameters of the trials').getByText(/^([1-9]|[12]\d) of 30 finished trials/).waitFor();
    // Along the first axis, from its foot to the middle; then a press, which frees it again.
    const canvas = figure('Parameters of the trials').locator('canvas');
    const { width, height } = await canvas.boundingBox();
    assert.ok(width > 200 && height > 200);
    await canvas.hover({ position: { x: 40, y: height - 30 } });
    await page.mouse.down();
    await canvas.hover({ position: { x: 60, y: height / 2 } });
    await page.mouse.up();
    assert.notEqual(await field('Only trials with').inputValue(), 'RMSE');
    assert.ok(Number(await page.getByRole('slider', { name: 'to', exact: true }).inputValue()) < 70);
    await canvas.click({ position: { x: 40, y: height / 2 } });
    assert.equal(await page.getByRole('slider', { name: 'to', exact: true }).inputValue(), '100');
  });

  it('tries a point of one’s own next, and refuses one that is out of bounds', async () => {
    const depth = page.getByLabel('max_depth', { exact: true });
    await depth.fill('9');
    await page.getByText('Must be a whole number from 3 to 8.').waitFor();
    assert.ok(await button('Try this point next').isDisabled());
    await depth.fill('3');
    await page.getByLabel('n_estimators', { exact: true }).fill('101');
    await button('Try this point next').click();
    await status().filter({ hasText: /^31 of 31 trials.*done/ }).waitFor();
    const first = await rows().first().innerText();
    assert.match(first, /31/);
    assert.match(first, /you/);
    await button('Try this point next').click();
    await page.locator(NOTICE).filter({ hasText: 'tried this point already' }).waitFor();
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
  });

  it('refuses bounds that cannot be trained with the bound, by name', async () => {
    await page.getByText('Where to search').click();
    await field('max_depth, high').fill('17');
    await button('Search').click();
    await page.locator(NOTICE).filter({ hasText: 'from 1 to 16' }).waitFor();
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
    await field('max_depth, high').fill('6');
    await field('max_depth, low').fill('6');
  });

  it('gives the same trials whatever the number of workers', async () => {
    const losses = async (nTrials) => {
      await field('Trials').fill(String(nTrials));
      await button('Search').click();
      await status().filter({ hasText: new RegExp(`^${nTrials} of ${nTrials} trials.*done`) }).waitFor({ timeout: 60_000 });
      const headers = await table().getByRole('columnheader').allInnerTexts();
      const at = headers.indexOf('RMSE validation');
      return Promise.all((await rows().all()).map((row) => row.locator('th, td').nth(at).innerText()));
    };
    await field('Workers').fill('1');
    const one = await losses(5);
    await field('Workers').fill('3');
    // The newest stands first.
    assert.deepEqual((await losses(6)).slice(1), one);
    assert.equal(new Set(one).size, 5);
  });

  it('trained the best trial of each search as another version', async () => {
    await page.evaluate(() => { window.location.hash = '#/train/trainings'; });
    await settled(page);
    const versions = page.getByRole('region', { name: 'Versions' });
    await versions.getByRole('row', { name: /^V5 / }).waitFor();
  });

  it('had no trouble on the way', () => assertNone(page.troubles));
});
