// The table view at full size, five million interactions: scrolled, jumped through, sorted, filtered and walked by keys. Counts
// are checked against each other; the right rows for any query are the native tests' concern.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { NOTICE, assertNone, finishedReport, openBrowser, visit } from './visit.mjs';

const LONG_TASK_LIMIT_MS = 50;
const LONG_TASK_FAILURE_MS = 250;
const EVENT_TYPES = ['website_visit', 'email_open', 'email_click', 'support_ticket', 'product_view', 'cart_add'];

describe('the table view over five million rows', { timeout: 240_000 }, () => {
  let browser, page, grid, n;

  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '?run=data&customers=50000&seed=42#/data/CONTINUOUS_INTERACTIONS');
    const { tables } = await finishedReport(page);
    n = tables.CONTINUOUS_INTERACTIONS.rows;
    grid = page.getByRole('grid', { name: 'Rows of CONTINUOUS_INTERACTIONS' });
    await filled();
  });
  after(() => browser?.close());

  it('has every row, of which it draws a few dozen', async () => {
    assert.equal(await grid.getAttribute('aria-rowcount'), String(n + 1));
    assert.equal(await grid.getAttribute('aria-colcount'), '5');
    assert.match(await status(), new RegExp(`^${commas(n)} rows$`));
    assert.ok(await grid.getByRole('row').count() < 80);
    assert.deepEqual((await rowsInView())[0].cells.slice(0, 2), ['1', '1']);
  });

  it('scrolls by the wheel row after row, without an empty row and without holding up the page', async (t) => {
    await page.evaluate(watchScrolling);
    await grid.hover();
    for (let i = 0; i < 60; i += 1) {
      await page.mouse.wheel(0, 120);
      await page.waitForTimeout(16);
    }
    const seen = await page.evaluate(() => window.stopWatching());
    const [first] = await rowsInView();
    assert.ok(Math.abs(first.position - 60 * 120 / 32) < 2, `60 turns of 120 px lead to row ${first.position}`);
    assert.equal(first.cells[0], commas(first.position));
    t.diagnostic(`${seen.frames} frames while scrolling ${first.position} rows; longest gap ${seen.longestGap.toFixed(0)} ms; frames with an empty row: ${seen.empty}`);
    assert.equal(seen.empty, 0);
  });

  it('jumps to the last row by its number', async (t) => {
    const start = Date.now();
    await jumpTo('Row', commas(n));
    await filled();
    t.diagnostic(`the last row stood after ${Date.now() - start} ms`);
    const last = (await rowsInView()).at(-1);
    assert.equal(last.position, n);
    assert.deepEqual(last.cells.slice(0, 2), [commas(n), String(n)]);
  });

  it('answers a row number that is none with a sentence', async () => {
    const field = page.getByRole('textbox', { name: 'Row' });
    await jumpTo('Row', 'five');
    assert.match(await page.getByRole('alert').filter({ visible: true }).innerText(), /“five” is no row number/);
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await jumpTo('Row', '1');
    await filled();
    assert.equal((await rowsInView())[0].position, 1);
    assert.equal(await field.getAttribute('aria-invalid'), null);
  });

  it('follows the scrollbar to any place, and goes on from there row by row', async () => {
    await grid.evaluate((box) => { box.scrollTop = (box.scrollHeight - box.clientHeight) / 2; });
    await filled();
    const [middle] = await rowsInView();
    assert.ok(Math.abs(middle.position / n - 0.5) < 0.01, `the middle is row ${middle.position} of ${n}`);
    await grid.hover();
    await page.mouse.wheel(0, 320);
    await page.waitForTimeout(400);
    await filled();
    assert.equal((await rowsInView())[0].position - middle.position, 10);
    await grid.evaluate((box) => { box.scrollTop = box.scrollHeight; });
    await filled();
    assert.equal((await rowsInView()).at(-1).position, n);
    await grid.evaluate((box) => { box.scrollTop = 0; });
    await filled();
    assert.equal((await rowsInView())[0].position, 1);
  });

  it('is walked through by keys', async () => {
    await grid.focus();
    await page.keyboard.press('Control+Home');
    assert.deepEqual(await activeCell(), { row: 1, column: 1 });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    assert.deepEqual(await activeCell(), { row: 3, column: 2 });
    await page.keyboard.press('Control+End');
    await filled();
    assert.deepEqual(await activeCell(), { row: n, column: 5 });
    await page.keyboard.press('PageUp');
    await filled();
    const { row } = await activeCell();
    assert.ok(row < n - 5 && row > n - 60, `a page above the last of ${n} rows is row ${row}`);
    await page.keyboard.press('Home');
    assert.deepEqual(await activeCell(), { row, column: 1 });
    await page.keyboard.press('Control+Home');
    await filled();
    assert.equal((await rowsInView())[0].position, 1);
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('dialog', { name: 'Filter' }).waitFor();
    assert.match(await page.getByRole('dialog', { name: 'Filter' }).innerText(), /^EVENT_DATE/);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Filter' }).waitFor({ state: 'hidden' });
  });

  it('filters by level: the levels share the rows', async (t) => {
    let sum = 0;
    for (const level of EVENT_TYPES) {
      await openFilter('EVENT_TYPE');
      await page.getByRole('checkbox', { name: level }).check();
      await page.getByRole('button', { name: 'Done' }).click();
      const { found, total, text } = await counts();
      assert.equal(total, n);
      t.diagnostic(`${level}: ${text}`);
      sum += found;
      assert.deepEqual([...new Set((await rowsInView()).map(({ cells }) => cells[4]))], [level]);
      await page.getByRole('button', { name: `Remove filter: EVENT_TYPE ${level}` }).click();
      await page.getByRole('listitem').filter({ hasText: 'EVENT_TYPE' }).waitFor({ state: 'detached' });
    }
    assert.equal(sum, n);
  });

  it('filters by a range of days: both sides of a day share the rows', async (t) => {
    await setRange('EVENT_DATE', '', '2024-06-30');
    const before = await counts();
    assert.ok((await rowsInView()).every(({ cells }) => cells[3] <= '2024-06-30'));
    await setRange('EVENT_DATE', '2024-07-01', '');
    const from = await counts();
    assert.ok((await rowsInView()).every(({ cells }) => cells[3] >= '2024-07-01'));
    assert.equal(before.found + from.found, n);
    await openFilter('EVENT_TYPE');
    await page.getByRole('checkbox', { name: 'cart_add' }).check();
    await page.keyboard.press('Escape');
    const both = await counts();
    assert.ok(both.found > 0 && both.found < from.found);
    assert.ok((await rowsInView()).every(({ cells }) => cells[3] >= '2024-07-01' && cells[4] === 'cart_add'));
    t.diagnostic(`from 2024-07-01: ${from.text}; of these cart_add: ${both.text}`);
    assert.equal(await page.getByRole('list', { name: 'Filters in force' }).getByRole('listitem').count(), 2);
  });

  it('answers a filter that cannot be understood below its field, and keeps the rows', async () => {
    const { text: shown } = await counts();
    await openFilter('EVENT_DATE');
    const from = page.getByRole('textbox', { name: 'From' });
    await from.fill('2024-02-30');
    await from.press('Enter');
    const said = page.getByRole('dialog', { name: 'Filter' }).getByRole('alert').filter({ visible: true });
    assert.match(await said.innerText(), /“2024-02-30” is no day\. Write one such as/);
    assert.equal(await status(), shown);
    await from.fill('2024-07-01');
    await page.getByRole('textbox', { name: 'Up to' }).fill('2024-01-01');
    await page.getByRole('textbox', { name: 'Up to' }).press('Enter');
    assert.match(await said.innerText(), /upper bound is below the lower one/);
    assert.equal((await counts()).found, Number(shown.split(' ')[0].replaceAll(',', '')));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Filter' }).waitFor({ state: 'hidden' });
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute('aria-label')), 'Filter EVENT_DATE');
    assert.equal(await page.locator(NOTICE).count(), 0);
  });

  it('sorts, the largest amount first', async (t) => {
    await page.evaluate(() => { location.hash = '#/data/CONTINUOUS_TRANSACTIONS'; });
    grid = page.getByRole('grid', { name: 'Rows of CONTINUOUS_TRANSACTIONS' });
    await filled();
    const amounts = async () => (await rowsInView()).map(({ cells }) => Number(cells[4]));
    const unsorted = await amounts();
    const button = page.getByRole('button', { name: 'AMOUNT', exact: true });
    const header = grid.getByRole('columnheader').filter({ has: button });
    await button.click();
    await button.click();
    await page.locator('[aria-sort=descending]').waitFor();
    const { text } = await counts();
    const sorted = await amounts();
    assert.equal(await header.getAttribute('aria-sort'), 'descending');
    t.diagnostic(`sorted: ${text}; the largest amounts: ${sorted.slice(0, 3).join(', ')}`);
    for (let i = 1; i < sorted.length; i += 1) assert.ok(sorted[i - 1] >= sorted[i], `${sorted[i - 1]} ≥ ${sorted[i]}`);
    assert.ok(sorted[0] > Math.max(...unsorted));
    await jumpTo('Position', '999999999');
    await filled();
    assert.ok((await amounts()).at(-1) <= Math.min(...unsorted));
    await button.click();
    await page.locator('[aria-sort=descending]').waitFor({ state: 'detached' });
    await filled();
    assert.deepEqual(await amounts(), unsorted);
  });

  it('never holds up the page for long', async (t) => {
    const tasks = await page.evaluate(() => window.longTasks);
    for (const { startTime, duration } of tasks) t.diagnostic(`task of ${duration.toFixed(0)} ms at ${startTime.toFixed(0)} ms`);
    const longest = Math.max(0, ...tasks.map(({ duration }) => duration));
    t.diagnostic(`longest main-thread task: ${longest.toFixed(0)} ms; limit ${LONG_TASK_LIMIT_MS} ms, fails at ${LONG_TASK_FAILURE_MS} ms`);
    assert.ok(longest < LONG_TASK_FAILURE_MS);
  });

  it('logs no error', () => assertNone(page.troubles));

  /** Waits until the grid shows rows of its query and no cell waits for its value. */
  async function filled() {
    await grid.getByRole('gridcell').first().waitFor();
    await page.waitForFunction((box) => {
      const { top, bottom } = box.getBoundingClientRect();
      const cells = [...box.querySelectorAll('[role=gridcell]')].filter((cell) => {
        const rect = cell.getBoundingClientRect();
        return rect.bottom > top && rect.top < bottom;
      });
      return box.getAttribute('aria-busy') === 'false' && cells.length > 0 && cells.every((cell) => !cell.classList.contains('waiting'));
    }, await grid.elementHandle());
  }

  /** The rows that can be seen whole, from top to bottom: position from 1, and texts. */
  function rowsInView() {
    return grid.evaluate((box) => {
      const head = box.querySelector('[role=columnheader]').getBoundingClientRect();
      const bottom = box.getBoundingClientRect().top + box.clientHeight + 2;
      return [...box.querySelectorAll('[role=row]')]
        .filter((row) => row.getAttribute('aria-rowindex') > 1)
        .map((row) => ({ rect: row.getBoundingClientRect(), row }))
        .filter(({ rect }) => rect.top >= head.bottom - 1 && rect.bottom <= bottom)
        .sort((a, b) => a.rect.top - b.rect.top)
        .map(({ row }) => ({
          position: Number(row.getAttribute('aria-rowindex')) - 1,
          cells: [...row.children].map((cell) => cell.textContent),
        }));
    });
  }

  /** The cell that the keys are on: position and column, from 1. */
  function activeCell() {
    return grid.evaluate((box) => {
      const cell = document.getElementById(box.getAttribute('aria-activedescendant'));
      return { row: Number(cell.parentElement.getAttribute('aria-rowindex')) - 1, column: Number(cell.getAttribute('aria-colindex')) };
    });
  }

  async function jumpTo(name, text) {
    const field = page.getByRole('textbox', { name });
    await field.fill(text);
    await field.press('Enter');
  }

  async function openFilter(column) {
    await grid.getByRole('button', { name: `Filter ${column}` }).click();
    await page.getByRole('dialog', { name: 'Filter' }).waitFor();
  }

  async function setRange(column, low, high) {
    await openFilter(column);
    await page.getByRole('textbox', { name: 'From' }).fill(low);
    await page.getByRole('textbox', { name: 'Up to' }).fill(high);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('dialog', { name: 'Filter' }).waitFor({ state: 'hidden' });
  }

  function status() {
    return page.locator('main').getByRole('status').innerText();
  }

  /** What the line above the rows says, once the query is answered. */
  async function counts() {
    await page.locator('main').getByRole('status').filter({ hasText: ' of ' }).waitFor();
    await filled();
    const text = await status();
    const [, found, total] = text.match(/^([\d,]+) of ([\d,]+) rows · [\d.]+ m?s$/) ?? assert.fail(text);
    return { found: Number(found.replaceAll(',', '')), total: Number(total.replaceAll(',', '')), text };
  }
});

function commas(count) {
  return count.toLocaleString('en-US');
}

/** Runs in the page: counts frames in which a visible row of the grid has no values, until `stopWatching` is called. */
function watchScrolling() {
  const box = document.querySelector('[role=grid]');
  let [frames, empty, longestGap, last, going] = [0, 0, 0, performance.now(), true];
  const look = (now) => {
    if (!going) return;
    const { bottom } = box.getBoundingClientRect();
    frames += 1;
    longestGap = Math.max(longestGap, now - last);
    last = now;
    const head = box.querySelector('[role=columnheader]').getBoundingClientRect().bottom;
    const rows = [...box.querySelectorAll('[role=row]')].slice(1).map((row) => ({ row, rect: row.getBoundingClientRect() }));
    const covers = Math.min(...rows.map(({ rect }) => rect.top)) <= head + 2 && Math.max(...rows.map(({ rect }) => rect.bottom)) >= bottom - 20;
    const inView = rows.filter(({ rect }) => rect.bottom > head && rect.top < bottom);
    const waits = inView.some(({ row }) => row.querySelector('.waiting') || row.children[1].textContent === '');
    if (!covers || waits) empty += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
  window.stopWatching = () => {
    going = false;
    return { frames, empty, longestGap };
  };
}
