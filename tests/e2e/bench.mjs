// `cargo xtask bench`: how long the stages of a run at full size take in the worker. Each round opens a browser of its own, waits
// until it is quiet, and runs the pipeline three times: the first run meets code that is not compiled well yet.
// Prints `bench: SERIES STAGE milliseconds…`; decides nothing.
import { finishedReport, openBrowser, runButton, visit } from './visit.mjs';

const N_ROUNDS = Number(process.env.ROUNDS ?? 5);
const QUIET_MS = 4_000;
const SERIES = ['first', 'again', 'again'];

const times = new Map();
const add = (series, stage, ms) => {
  const name = `${series} ${stage}`;
  times.set(name, [...(times.get(name) ?? []), ms]);
};

// Fits at the settings of tests/parity/boosting.py in the worker, through the page's form; a value a round. The run's rows are those of
// the export that the peers fit.
const SETTINGS = {
  A: { n_estimators: 200, max_depth: 6, learning_rate: 0.1 },
  B: { n_estimators: 300, max_depth: 8, learning_rate: 0.05 },
  C: { n_estimators: 100, max_depth: 3, learning_rate: 0.1 },
};
const COMMON = { min_child_weight: 1, subsample: 0.8, colsample_bytree: 0.8, reg_alpha: 0, reg_lambda: 1, gamma: 0, max_bin: 255 };

/** Milliseconds of binning and growing, as the page shows them. */
async function fit(page, values, version) {
  for (const [name, value] of Object.entries({ ...COMMON, ...values })) await page.getByLabel(name, { exact: true }).fill(String(value));
  await page.getByRole('button', { name: 'Train model' }).click();
  const row = page.getByRole('region', { name: 'Versions' }).getByRole('row', { name: new RegExp(`^${version} `) });
  await row.waitFor({ timeout: 60_000 });
  const headers = await page.getByRole('region', { name: 'Versions' }).getByRole('columnheader').allInnerTexts();
  const [, number, unit] = (await row.locator('th, td').nth(headers.indexOf('Fit in')).innerText()).match(/([\d.,]+)\s*(ms|s)/);
  return Number(number.replace(',', '')) * (unit === 's' ? 1_000 : 1);
}

let version;
for (let round = 0; round < N_ROUNDS; round += 1) {
  const browser = await openBrowser();
  try {
    version = browser.version();
    const page = await visit(browser, '?customers=50000&seed=42');
    for (const series of SERIES) {
      await page.waitForTimeout(QUIET_MS);
      await runButton(page).click();
      await page.locator('html[data-run=running]').waitFor({ state: 'attached' });
      const report = await finishedReport(page);
      for (const { name, ms } of report.stages) add(series, name, ms);
      add(series, 'everything', report.stages.reduce((sum, { ms }) => sum + ms, 0));
      add(series, 'longest-task', report.main_thread.longest_task_ms);
    }
    await page.evaluate(() => { window.location.hash = '#/train/trainings'; });
    let nth = 2;
    // The first fit of each setting warms up.
    for (const [setting, values] of Object.entries(SETTINGS)) {
      await fit(page, values, `V${nth++}`);
      add('boosting:wasm', `fit:${setting}:raw`, await fit(page, values, `V${nth++}`));
    }
  } finally {
    await browser.close();
  }
}
console.log(`bench: version Chromium ${version}`);
for (const [name, all] of times) console.log(`bench: ${name} ${all.map((ms) => ms.toFixed(1)).join(' ')}`);
