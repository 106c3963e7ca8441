// A visitor's own files: read on the device, in whatever dialect, and the pipeline runs on them. Broken files end in a sentence,
// large ones leave the page alone.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertNone, finishedReport, goTo, openBrowser, readReport, runButton, settled, untilRunIs, visit } from './visit.mjs';

const PAGE = '#/data/own-data';
const TASK_LIMIT_MS = 50;
const TASK_FAILURE_MS = 250;
const LARGE_BYTES = 200_000_000;

const csv = (name, text) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const two = (n) => String(n).padStart(2, '0');

/** 600 customers who buy for two years: semicolons, decimal commas, DD.MM.YYYY, ids that are no numbers. */
function germanShop() {
  const lines = ['Kundennummer;Bestelldatum;Gesamtbetrag;Warengruppe'];
  for (let customer = 0; customer < 600; customer++) {
    for (let purchase = 0; purchase < 8 + (customer % 9); purchase++) {
      const day = new Date(Date.UTC(2023, 0, 1 + ((customer * 13 + purchase * 71 + purchase * purchase) % 800)));
      const cents = 500 + ((customer * 37 + purchase * 1_009) % 19_000);
      const date = `${two(day.getUTCDate())}.${two(day.getUTCMonth() + 1)}.${day.getUTCFullYear()}`;
      lines.push(`K-${customer};${date};${Math.floor(cents / 100)},${two(cents % 100)};${['Bücher', 'Möbel', 'Garten'][purchase % 3]}`);
    }
  }
  lines.push('K-1;31.02.2024;5,00;Garten', 'K-2;01.03.2024;-5,00;Garten');
  return lines.join('\r\n');
}

function events() {
  const lines = ['user;zeitpunkt;event'];
  for (let n = 0; n < 5_000; n++) {
    lines.push(`K-${n % 600};2024-0${1 + (n % 9)}-1${n % 10}T10:00:00Z;${['pageview', 'add_to_cart', 'click', 'scroll'][n % 4]}`);
  }
  return lines.join('\n');
}

async function openPage(browser, query = '') {
  const page = await visit(browser, `${query}${PAGE}`);
  await page.getByRole('heading', { name: 'Your own tables' }).waitFor();
  return page;
}

const chooser = (page) => page.locator('input[type=file]');
const panel = (page, name) => page.getByTestId('own-file').filter({ hasText: name });
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function readFiles(page, timeout = 60_000) {
  await button(page, 'Read the files').click();
  const use = button(page, 'Use these tables');
  const trouble = page.getByTestId('own-problem');
  await use.or(trouble).first().waitFor({ timeout });
  if (await trouble.count()) throw new Error(await trouble.first().innerText());
  return use;
}

describe('own data', { timeout: 900_000 }, () => {
  let browser;
  let folder;
  before(async () => {
    browser = await openBrowser();
    folder = await mkdtemp(join(tmpdir(), 'clv-lab-own-'));
  });
  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('runs the pipeline on CSV files in a German dialect, and goes back', async (t) => {
    const page = await openPage(browser);
    const requests = [];
    page.context().on('request', (request) => requests.push(request.url()));
    const reader = () => requests.filter((url) => /\/io[-_.]/.test(url));
    assert.deepEqual(reader(), [], 'the file reader is not loaded before it is needed');
    await chooser(page).setInputFiles([csv('bestellungen.csv', germanShop()), csv('ereignisse.csv', events())]);
    const shop = panel(page, 'bestellungen.csv');
    await shop.getByLabel('Delimiter').waitFor();
    assert.ok(reader().length > 0);
    assert.equal(await shop.getByLabel('Delimiter').inputValue(), 'semicolon');
    assert.equal(await shop.getByLabel('Decimal mark').inputValue(), 'comma');
    assert.equal(await shop.getByLabel('Dates').inputValue(), 'day');
    await panel(page, 'ereignisse.csv').getByLabel('Column for EVENT_TYPE').waitFor();
    const use = await readFiles(page);
    const text = await page.locator('main').innerText();
    assert.match(text, /is a day that does not exist/);
    assert.match(text, /is negative/);
    assert.match(text, /pageview = website_visit/);
    assert.match(text, /one value is unknown here.*scroll/);
    await use.click();
    await page.getByTestId('source').waitFor();
    await runButton(page).click();
    await untilRunIs(page, 'running');
    const report = await finishedReport(page);
    assert.equal(report.source.kind, 'own');
    assert.deepEqual(report.source.files.map((file) => [file.name, file.rejected]), [['bestellungen.csv', 2], ['ereignisse.csv', 0]]);
    assert.equal(report.tables.CONTINUOUS_CUSTOMERS_PROFILE.rows, 600);
    assert.equal(report.tables.CONTINUOUS_INTERACTIONS.rows, 5_000);
    assert.deepEqual(Object.keys(report.models), ['CONTINUOUS_CLV_MODEL']);
    t.diagnostic(`trained on ${report.models.CONTINUOUS_CLV_MODEL.metrics.train.rows} rows of the visitor's`);
    await goTo(page, '#/predictions');
    assert.match(await page.locator('main').innerText(), /CONTINUOUS_CLV_PREDICTIONS/);
    await page.getByRole('gridcell', { name: 'K-0', exact: true }).first().waitFor();
    await page.evaluate((hash) => { location.hash = hash; }, PAGE);
    await button(page, 'Back to generated data').click();
    await page.getByTestId('source').waitFor({ state: 'detached' });
    await runButton(page).click();
    await untilRunIs(page, 'running');
    const generated = await finishedReport(page);
    assert.equal(generated.source, undefined);
    assert.equal(generated.tables.COLDSTART_CUSTOMERS.rows, 1_000);
    assertNone(page.troubles);
    await page.context().close();
  });

  it('says what is wrong with a broken file and loses nothing', async () => {
    const page = await openPage(browser, '?customers=300&run=data');
    await finishedReport(page);
    await chooser(page).setInputFiles([
      csv('orders.csv', '<!DOCTYPE html><html><body>Please sign in</body></html>'),
      csv('unclosed.csv', `customer,date,amount\n1,2024-01-01,"5.00\n${'2,2024-01-01,5.00\n'.repeat(80_000)}`),
      { name: 'book.csv', mimeType: 'text/csv', buffer: Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.from('[Content_Types].xml'), Buffer.alloc(90)]) },
      { name: 'cut.parquet', mimeType: '', buffer: Buffer.concat([Buffer.from('PAR1'), Buffer.alloc(5_000, 7)]) },
      csv('good.csv', 'customer,date,amount\n1,2024-01-01,5.00\n'),
    ]);
    for (const [name, words] of [
      ['orders.csv', /web page/], ['unclosed.csv', /line 2.*quotation mark/], ['book.csv', /XLSX/], ['cut.parquet', /Parquet structure/],
    ]) {
      const trouble = panel(page, name).getByTestId('own-problem');
      await trouble.waitFor();
      assert.match((await trouble.innerText()).replace(/\s+/g, ' '), words);
    }
    assert.ok(await button(page, 'Read the files').isDisabled());
    // A reader that dies in the middle of something is said to have died, and the rest stays.
    const [reader] = page.workers().filter((worker) => worker.url().includes('io_loader'));
    await reader.evaluate(() => setTimeout(() => { throw new Error('out of memory'); }));
    for (const name of ['orders.csv', 'unclosed.csv', 'book.csv', 'cut.parquet']) await button(page, `Remove ${name}`).click();
    await readFiles(page);
    assert.equal((await readReport(page)).tables.CONTINUOUS_CUSTOMERS_PROFILE.rows, 300);
    assertNone(page.troubles.filter((trouble) => !trouble.includes('out of memory')));
    await page.context().close();
  });

  it('reads 200 MB without holding up the page, and can be cancelled', async (t) => {
    const path = join(folder, 'interactions.csv');
    const nRows = await writeLarge(path);
    const page = await openPage(browser);
    const orders = Array.from({ length: 20_000 }, (_, n) => `${n},2023-0${1 + (n % 9)}-15,9.99`);
    await chooser(page).setInputFiles([path]);
    await panel(page, 'interactions.csv').getByLabel('Delimiter').waitFor({ timeout: 60_000 });
    await chooser(page).setInputFiles([csv('orders.csv', `customer,date,amount\n${orders.join('\n')}`)]);
    await panel(page, 'orders.csv').getByLabel('Delimiter').waitFor();
    await page.evaluate(() => { window.longTasks.length = 0; });
    await button(page, 'Read the files').click();
    await button(page, 'Cancel reading').click();
    await button(page, 'Read the files').waitFor();
    const start = Date.now();
    const use = await readFiles(page, 600_000);
    const readMs = Date.now() - start;
    await use.click();
    await page.getByTestId('source').waitFor({ timeout: 60_000 });
    await settled(page);
    const longest = await page.evaluate(() => Math.max(0, ...window.longTasks.map((task) => task.duration)));
    t.diagnostic(`${((await stat(path)).size / 1e6).toFixed(0)} MB, ${nRows} rows in ${(readMs / 1000).toFixed(1)} s; longest task of the page ` +
      `${longest.toFixed(0)} ms; limit ${TASK_LIMIT_MS} ms, fails at ${TASK_FAILURE_MS} ms`);
    assert.ok(longest < TASK_FAILURE_MS);
    await runButton(page).click();
    await untilRunIs(page, 'running');
    const report = await finishedReport(page);
    assert.equal(report.tables.CONTINUOUS_INTERACTIONS.rows, nRows);
    assertNone(page.troubles);
    await page.context().close();
  });
});

/** Interactions of 20,000 customers in time order; returns the number of rows. */
async function writeLarge(path) {
  const file = createWriteStream(path);
  file.write('customer_id,event_date,event_type\n');
  const types = ['website_visit', 'email_open', 'product_view', 'cart_add'];
  let [bytes, rows] = [0, 0];
  while (bytes < LARGE_BYTES) {
    let piece = '';
    for (let n = 0; n < 20_000; n++, rows++) {
      const day = new Date(Date.UTC(2023, 0, 1 + Math.floor(rows / 9_000)));
      piece += `${(rows * 7_919) % 20_000},${day.toISOString().slice(0, 10)},${types[rows % 4]}\n`;
    }
    bytes += piece.length;
    if (!file.write(piece)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'finish');
  return rows;
}
