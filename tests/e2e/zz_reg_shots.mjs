import { openBrowser, visit, finishedReport, settled } from './visit.mjs';
const b = await openBrowser();
const page = await visit(b, '?customers=2000&seed=7&run=train#/train/trainings');
await finishedReport(page);
for (const d of ['3','2']) {
  await page.getByLabel('max_depth', { exact: true }).fill(d);
  await page.getByRole('button', { name: 'Train model' }).click();
  await page.getByRole('region', { name: 'Versions' }).getByRole('row', { name: new RegExp(`^V${5-Number(d)} `) }).waitFor();
}
await page.evaluate(() => { location.hash = '#/evaluate/registry'; });
await settled(page);
await page.getByRole('button', { name: 'V2', exact: true }).click();
await page.getByLabel('Another alias').fill('challenger');
await page.getByRole('button', { name: 'Put it on this version' }).click();
await page.getByLabel('Tag', { exact: true }).fill('owner');
await page.getByLabel('Its value', { exact: true }).fill('growth');
await page.getByRole('button', { name: 'Set the tag' }).click();
await page.getByRole('button', { name: 'What this browser keeps' }).click();
await page.waitForTimeout(500);
for (const theme of ['light', 'dark']) for (const [w, h] of [[1440, 900], [390, 844]]) {
  await page.setViewportSize({ width: w, height: h });
  await page.emulateMedia({ colorScheme: theme });
  for (const part of ['registry', 'compare']) {
    await page.evaluate((p) => { location.hash = '#/evaluate/' + p; }, part);
    await settled(page); await page.waitForTimeout(700);
    await page.screenshot({ path: `/tmp/w/reg-${part}-${w}-${theme}.png`, fullPage: true });
  }
}
await b.close();
