import { openBrowser, visit, finishedReport } from './visit.mjs';
const browser = await openBrowser();
const n = process.argv[2] || '50000';
const page = await visit(browser, `?customers=${n}&run=train#/predictions/live`);
const t0 = Date.now(); await finishedReport(page); console.log('run', Date.now() - t0);
const t1 = Date.now();
await page.locator('[data-table="CONTINUOUS_CLV_PREDICTIONS"]').waitFor({ timeout: 60000 });
console.log('open', Date.now() - t1);
const status = async () => [await page.getByTestId('clock').innerText(), await page.getByTestId('clock-status').innerText(), await page.locator('.live-clock .quiet-line').first().innerText()];
console.log(await status());
for (const s of ['1 minute/s', '1 hour/s', '1 day/s', '1 week/s']) {
  await page.getByRole('button', { name: s }).click(); await page.waitForTimeout(500);
  const l0 = await page.evaluate(() => window.longTasks.length);
  const a = await page.getByTestId('clock').innerText(); await page.waitForTimeout(6000);
  console.log(s, a, await status(), 'long tasks', await page.evaluate((k) => window.longTasks.slice(k).map((t) => Math.round(t.duration)), l0));
}
await page.getByRole('button', { name: 'Pause' }).click(); await page.waitForTimeout(1500);
const t2 = Date.now();
await page.getByRole('button', { name: 'Jump 12 months' }).click();
await page.getByTestId('clock-status').filter({ hasText: 'Paused' }).waitFor({ timeout: 120000 }); 
await page.waitForTimeout(300);
await page.getByTestId('clock-status').filter({ hasText: 'Paused' }).waitFor({ timeout: 120000 });
console.log('jump', Date.now() - t2, await status());
const t3 = Date.now();
await page.getByRole('link', { name: 'What happened' }).click();
await page.getByTestId('retrain').filter({ hasText: 'R²' }).waitFor({ timeout: 60000 });
console.log('outcome', Date.now() - t3, page.troubles);
await page.screenshot({ path: '/tmp/w/out.png', fullPage: true });
await browser.close();
