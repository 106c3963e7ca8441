// The parts of the Data page that say what the data are like: profiles, the data at a glance, the truth checks.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertNone, finishedReport, openBrowser, runButton, settled, visit } from './visit.mjs';

describe('what the data are like', { timeout: 240_000 }, () => {
  let browser, page;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, '#/data/checks');
  });
  after(() => browser?.close());

  const open = async (fragment) => {
    await page.evaluate((hash) => { window.location.hash = hash; }, fragment);
    await settled(page);
  };

  it('says what will appear before a run', async () => {
    await page.getByText('What must be true of the raw tables').waitFor();
    await open('#/data');
    await page.getByText('appears here once the pipeline has run').first().waitFor();
  });

  it('shows that every truth check holds for 1,000 customers', async () => {
    await open('#/data/checks');
    await runButton(page).click();
    await finishedReport(page);
    const verdict = page.getByTestId('checks-verdict');
    await verdict.waitFor();
    const rows = page.locator('tr[data-check]');
    const n = await rows.count();
    assert.ok(n >= 60, `only ${n} checks`);
    assert.equal((await verdict.innerText()).trim(), `${n} of ${n} hold`);
    for (const row of [rows.first(), page.locator('tr[data-check$=".SEGMENT"]').last()]) {
      const text = await row.innerText();
      assert.match(text, /holds/);
      assert.match(text, /none|at most/);
      await row.getByText('Why it matters').click();
      await row.locator('details p').waitFor();
    }
  });

  it('profiles every column of every raw table', async () => {
    for (const [table, nColumns] of [['COLDSTART_CUSTOMERS', 18], ['CONTINUOUS_TRANSACTIONS', 6], ['CONTINUOUS_INTERACTIONS', 4]]) {
      await open(`#/data/${table}`);
      const profile = page.getByTestId('profile');
      await profile.locator('svg.mini').nth(Math.min(nColumns - 3, 4)).waitFor();
      assert.equal(await profile.locator('tbody tr').count(), nColumns);
    }
    const amount = page.getByTestId('profile').getByRole('row', { name: 'EVENT_TYPE' });
    assert.match(await amount.innerText(), /website_visit\s3\d\s%/);
    await open('#/data/CONTINUOUS_TRANSACTIONS');
    const cells = await page.getByTestId('profile').getByRole('row', { name: /^AMOUNT/ }).locator('td.number').allInnerTexts();
    const dollars = cells.slice(0, 9).map((text) => Number(text.replace(/[$,]/g, '')));
    assert.equal(dollars[0], 5);
    assert.deepEqual([...dollars].sort((a, b) => a - b), dollars, 'quantiles rise');
  });

  it('shows the data at a glance, each chart with caption and figures', async () => {
    const figures = page.getByTestId('glance').locator('figure');
    assert.equal(await figures.count(), 4);
    for (const figure of await figures.all()) {
      await figure.locator('details summary').waitFor();
      assert.equal(await figure.getAttribute('data-empty'), 'false');
      assert.ok((await figure.locator('figcaption p').innerText()).length > 40);
      await figure.locator('details summary').click();
      assert.ok((await figure.locator('tbody tr').count()) > 5);
      const canvas = figure.locator('canvas');
      await canvas.focus();
      await page.keyboard.press('ArrowRight');
      assert.match(await figure.locator('.figure-read-out').innerText(), /\d/);
    }
  });

  it('asks again after another run', async () => {
    const summary = page.getByTestId('glance').locator('figure figcaption p').nth(1);
    const before = await summary.innerText();
    await page.getByLabel('Seed').fill('7');
    await page.getByLabel('Seed').press('Tab');
    await runButton(page).click();
    await finishedReport(page);
    await page.waitForFunction(([test, old]) => {
      const text = document.querySelectorAll(`[data-testid=${test}] figure figcaption p`)[1]?.innerText ?? '';
      return text.includes('Gini') && text !== old;
    }, ['glance', before]);
    await open('#/data/checks');
    await page.getByTestId('checks-verdict').waitFor();
    assert.equal(await page.locator('tr[data-state=broken]').count(), 0);
  });

  it('logs no error', () => assertNone(page.troubles));
});
