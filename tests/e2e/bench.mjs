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

// Fits at the settings of tests/parity/boosting.py in the worker: { setting: 'A', ms: [...] }, a value a round. Empty as long as the
// page does not train at settings of a visitor's own.
const fits = [];

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
  } finally {
    await browser.close();
  }
}
console.log(`bench: version Chromium ${version}`);
for (const [name, all] of times) console.log(`bench: ${name} ${all.map((ms) => ms.toFixed(1)).join(' ')}`);
for (const { setting, ms } of fits) console.log(`bench: boosting:wasm fit:${setting}:raw ${ms.map((one) => one.toFixed(1)).join(' ')}`);
