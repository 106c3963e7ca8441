// The generator's settings: scenarios as differences, parameters that are checked and can be reset, an estimate, and a link that
// makes the same run again.
import { after, before, describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { NOTICE, assertNone, finishedReport, openBrowser, readReport, runButton, visit } from './visit.mjs';

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGE = '#/data/generator';
const digests = ({ tables }) => Object.fromEntries(Object.entries(tables).map(([name, { digest }]) => [name, digest]));

describe('the generator’s settings', { timeout: 240_000 }, () => {
  let browser, page, baseline;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, `?seed=42&customers=1000${PAGE}`, { scripts: [AXE] });
  });
  after(() => browser?.close());

  const scenario = (name) => page.getByRole('radio', { name, exact: true });
  // Both populations have some parameters; the established customers' stand last.
  const parameter = (label) => page.locator('li.parameter').filter({ has: page.locator('label', { hasText: new RegExp(`^${label}$`) }) }).last();
  const field = (label) => parameter(label).getByRole('textbox');
  const open = async (title) => {
    const group = page.locator('details').filter({ has: page.locator('.group-title', { hasText: title }) });
    if (await group.getAttribute('open') === null) await group.locator('summary').click();
  };
  // From the click on the page says that it is running, so that the report is not taken for an earlier one.
  const run = async () => {
    await runButton(page).click();
    return finishedReport(page);
  };

  it('lists every scenario with its differences from the base configuration', async () => {
    for (const [name, differences] of [
      ['Holiday peak', [/Holiday peak\s*0\.9 → 2/]],
      ['Channel shift', [/Shift to paid and social\s*0 → 0\.6/]],
      ['Price rise', [/Price rise\s*0 → 0\.15/]],
      ['Churn shock', [/Customers who leave\s*0 → 0\.25/]],
    ]) {
      const card = page.locator('label.choice').filter({ has: scenario(name) });
      for (const difference of differences) assert.match(await card.innerText(), difference);
    }
    assert.ok(await scenario('Baseline').isChecked());
  });

  it('runs the base configuration without naming a scenario in the report', async () => {
    baseline = await run();
    for (const name of ['scenario', 'overrides', 'now']) assert.equal(baseline.config[name], undefined);
  });

  it('makes other tables under churn shock, once the reader runs it, and the report says so', async () => {
    await scenario('Churn shock').check();
    assert.match(page.url(), /scenario=churn-shock/);
    assert.equal(await page.locator('html').getAttribute('data-run'), 'done', 'choosing runs nothing');
    assert.deepEqual(digests(await readReport(page)), digests(baseline));
    const report = await run();
    assert.equal(report.config.scenario, 'churn-shock');
    assert.notEqual(report.tables.CONTINUOUS_TRANSACTIONS.digest, baseline.tables.CONTINUOUS_TRANSACTIONS.digest);
    assert.ok(report.tables.CONTINUOUS_TRANSACTIONS.rows < baseline.tables.CONTINUOUS_TRANSACTIONS.rows);
  });

  it('tells what does not fit, keeps the text, and lets nothing run', async () => {
    await open('Established customers');
    const conversion = field('Conversion');
    await conversion.fill('1.5');
    await page.getByText('Conversion must be a number', { exact: false }).first().waitFor();
    assert.equal(await conversion.inputValue(), '1.5');
    assert.equal(await conversion.getAttribute('aria-invalid'), 'true');
    assert.ok(await runButton(page).isDisabled());
    await page.locator('nav a[href="#/features"]:visible').first().click();
    await page.goBack();
    await open('Established customers');
    assert.equal(await conversion.inputValue(), '1.5', 'the text is still there after another page');
    await parameter('Conversion').getByRole('button', { name: /^Reset Conversion/ }).click();
    assert.equal(await conversion.inputValue(), '0.7');
    assert.ok(await runButton(page).isEnabled());
  });

  it('lets a decimal be typed figure by figure', async () => {
    const conversion = field('Conversion');
    await conversion.focus();
    await page.keyboard.press('ControlOrMeta+a');
    for (const key of ['0', '.', '0', '5']) await page.keyboard.press(key);
    assert.equal(await conversion.inputValue(), '0.05');
    assert.match(page.url(), /set=continuous\.conversion_probability:0\.05/);
  });

  it('moves a parameter by keyboard on its slider', async () => {
    const slider = parameter('Conversion').getByRole('slider');
    await slider.focus();
    await page.keyboard.press('ArrowRight');
    assert.equal(await field('Conversion').inputValue(), '0.06');
  });

  it('resets one, a group and all', async () => {
    await open('Calendar');
    await field('Holiday peak').fill('2.5');
    await field('Repeat purchases').fill('5');
    await parameter('Repeat purchases').getByRole('button', { name: /^Reset Repeat/ }).click();
    assert.match(page.url(), /set=continuous\.conversion_probability:0\.06,process\.holiday_strength:2\.5/);
    await page.getByRole('button', { name: 'Reset Calendar' }).click();
    assert.doesNotMatch(page.url(), /holiday_strength/);
    await page.getByRole('button', { name: 'Reset all parameters' }).click();
    assert.doesNotMatch(page.url(), /set=/);
    assert.match(page.url(), /scenario=churn-shock/, 'the scenario stays');
  });

  it('fits narrow windows and has no serious accessibility fault, with everything open and a text that does not fit', async () => {
    for (const title of await page.locator('.group-title').allInnerTexts()) await open(title);
    await field('Day of the change').fill('never');
    const faults = [];
    for (const width of [320, 390, 1000, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      const { needed, available } = await page.evaluate(() => ({
        needed: document.documentElement.scrollWidth, available: document.documentElement.clientWidth,
      }));
      if (needed > available) faults.push(`needs ${needed} of ${available} px`);
      const violations = await page.evaluate(async () => (await window.axe.run(document, { resultTypes: ['violations'] })).violations);
      for (const { id, impact, nodes } of violations) {
        if (impact === 'serious' || impact === 'critical') faults.push(`${width} px: ${id} on ${nodes.map(({ target }) => target.join(' ')).slice(0, 5).join(' | ')}`);
      }
    }
    await page.getByRole('button', { name: 'Reset all parameters' }).click();
    assertNone(faults);
  });

  it('estimates a run before it starts, and warns of a large one', async () => {
    const estimate = page.getByTestId('estimate');
    const before = await estimate.innerText();
    assert.match(before, /≈ \d/);
    await page.getByRole('button', { name: /500,000/ }).click();
    await page.getByText('Large run').first().waitFor();
    assert.notEqual(await estimate.innerText(), before);
    await page.getByRole('button', { name: /^1,000/ }).click();
    // The worker reckons, and answers a moment later.
    await page.getByText('Large run').first().waitFor({ state: 'detached' });
    assert.equal(await estimate.innerText(), before);
  });

  it('warns of a large run that a link starts by itself', async () => {
    const other = await visit(browser, '?customers=500000&run=data');
    await other.locator(NOTICE).filter({ hasText: 'This run needs about' }).waitFor();
    assert.equal(await other.locator(NOTICE).filter({ hasText: 'This run needs about' }).count(), 1);
    await other.getByRole('button', { name: 'Cancel', exact: true }).click();
    await other.locator('html[data-run=cancelled]').waitFor({ state: 'attached' });
    assertNone(other.troubles);
    await other.context().close();
  });

  it('makes the same run again from its link', async () => {
    await open('Established customers');
    await field('Conversion').fill('0.5');
    await page.getByLabel('NOW, the last day of the data').fill('2025-03-31');
    await page.getByRole('radio', { name: 'Reference formula' }).check();
    const report = await run();
    const { config } = report;
    assert.deepEqual([config.scenario, config.now, config.target], ['churn-shock', '2025-03-31', 'formula']);
    assert.deepEqual(config.overrides, { 'continuous.conversion_probability': 0.5 });
    const { search } = new URL(page.url());
    const other = await visit(browser, `${search}&run=all`);
    const again = await finishedReport(other);
    assert.deepEqual(again.config, config);
    assert.deepEqual(digests(again), digests(report));
    assertNone(other.troubles);
    await other.context().close();
  });

  it('logs no error', () => assertNone(page.troubles));

  it('tells what a link asks for and the generator does not know', async () => {
    const other = await visit(browser, '?scenario=doom&now=2025-02-30&set=process.rate_shape:99,doom:1,x&run=data');
    for (const said of ['scenario=doom', 'now=2025-02-30', 'set=process.rate_shape:99', 'set=doom:1', '“x”']) {
      await other.locator(NOTICE).filter({ hasText: said }).first().waitFor();
    }
    const { config } = await finishedReport(other);
    assert.deepEqual([config.scenario, config.overrides, config.now], [undefined, undefined, undefined]);
    await other.context().close();
  });
});
