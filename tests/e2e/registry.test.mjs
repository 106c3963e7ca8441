// The registry: aliases moved by press and by drag, promote, roll back, undo, delete, tags and notes, a card, two versions held against each
// other, all of it back after a reload, a session file to another browser and back, and a kept project that is damaged.
import assert from 'node:assert/strict';
import { readFile, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { NOTICE, assertNone, finishedReport, openBrowser, runButton, settled, visit } from './visit.mjs';

const MODEL = 'CONTINUOUS_CLV_MODEL';
const QUERY = '?customers=2000&seed=7';

const button = (page, name) => page.getByRole('button', { name, exact: true });
const row = (page, version) => page.locator(`[data-testid=versions] tr[data-version=${version}]`);
const marks = async (page, version) => {
  const texts = await row(page, version).locator('.mark').allInnerTexts();
  return texts.map((text) => text.replace('×', '').trim());
};
/** Waits until a version has these marks: default, then its aliases. */
const untilMarks = async (page, version, wanted) => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await marks(page, version);
    if (JSON.stringify(found) === JSON.stringify(wanted)) return;
    if (Date.now() > deadline) assert.deepEqual(found, wanted, version);
    await page.waitForTimeout(50);
  }
};
const open = async (page, fragment) => {
  await page.evaluate((hash) => { window.location.hash = hash; }, fragment);
  await settled(page);
};
const fact = (page, name) => page.getByTestId('card').locator('.fact').filter({ has: page.getByText(name, { exact: true }) }).locator('dd');
const download = async (page, press) => {
  const [file] = await Promise.all([page.waitForEvent('download'), press()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
};
/** What the worker keeps is written shortly after a change. */
const kept = (page) =>
  page.evaluate(() => new Promise((resolve, reject) => {
    const request = indexedDB.open('clv-lab');
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const all = request.result.transaction('projects').objectStore('projects').getAll();
      all.onsuccess = () => {
        request.result.close();
        resolve(all.result.map(({ key, title, revision, bytes }) => ({ key, title, revision, n: bytes.length })));
      };
    };
  }));
const untilKept = async (page, atLeast) => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const [project] = await kept(page);
    if (project?.revision >= atLeast) return project;
    assert.ok(Date.now() < deadline, `revision ${project?.revision}, not ${atLeast}`);
    await page.waitForTimeout(50);
  }
};

describe('the registry', { timeout: 400_000 }, () => {
  let browser, page, report, saved;
  before(async () => {
    browser = await openBrowser();
    page = await visit(browser, `${QUERY}#/evaluate/registry`, { acceptDownloads: true });
  });
  after(() => browser?.close());

  /** Another version with that depth. */
  const train = async (depth, name) => {
    await open(page, '#/train/trainings');
    await page.getByLabel('max_depth', { exact: true }).fill(String(depth));
    await page.getByRole('button', { name: 'Train model' }).click();
    await page.getByRole('region', { name: 'Versions' }).getByRole('row', { name: new RegExp(`^${name} `) }).waitFor();
    await open(page, '#/evaluate/registry');
  };

  it('says what will appear before a run', async () => {
    await page.getByText('Every version appears here with its aliases').waitFor();
    assert.ok(await button(page, 'Save session').isDisabled());
    await runButton(page).click();
    report = await finishedReport(page);
    await untilMarks(page, 'V1', ['default', 'champion']);
  });

  it('shows the card of the version that serves, with what it was made of', async () => {
    await fact(page, 'Seed').filter({ hasText: /^7$/ }).waitFor();
    const { bytes } = await download(page, () => page.getByRole('button', { name: /The card as JSON/ }).click());
    const card = JSON.parse(bytes);
    assert.equal(JSON.stringify(card).includes(report.models[MODEL].digest), true, 'the card names the model’s digest');
    await page.getByText(/^Signature: \d+ inputs/).click();
    const inputs = await page.getByRole('region', { name: 'Signature' }).getByRole('rowheader').allInnerTexts();
    assert.ok(inputs.length > 20);
  });

  it('takes further versions, and moves an alias by press', async () => {
    await train(3, 'V2');
    await train(2, 'V3');
    await row(page, 'V2').getByRole('button', { name: 'V2', exact: true }).click();
    await page.getByLabel('Another alias').fill('Challenger');
    await button(page, 'Put it on this version').click();
    await untilMarks(page, 'V2', ['challenger']);
    await row(page, 'V2').getByRole('button', { name: 'challenger', exact: true }).click();
    await row(page, 'V3').getByRole('button', { name: 'Put challenger here' }).click();
    await untilMarks(page, 'V3', ['challenger']);
    await untilMarks(page, 'V2', []);
  });

  it('moves an alias by drag', async () => {
    await row(page, 'V3').locator('[data-mark=alias]').dragTo(row(page, 'V2'));
    await untilMarks(page, 'V2', ['challenger']);
    await untilMarks(page, 'V3', []);
  });

  it('refuses a word that cannot be an alias, and says why', async () => {
    await page.getByLabel('Another alias').fill('v12');
    await button(page, 'Put it on this version').click();
    await page.locator(NOTICE).filter({ hasText: 'names a version by itself' }).waitFor();
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
  });

  it('promotes, rolls back, undoes and does again', async () => {
    assert.ok(await button(page, 'Roll back').isDisabled());
    await row(page, 'V2').getByRole('button', { name: 'V2', exact: true }).click();
    await button(page, 'Promote').click();
    await untilMarks(page, 'V2', ['default', 'challenger', 'champion']);
    await untilMarks(page, 'V1', []);
    await button(page, 'Roll back to V1').click();
    await untilMarks(page, 'V1', ['default', 'champion']);
    await page.getByRole('button', { name: /^Undo/ }).click();
    await untilMarks(page, 'V2', ['default', 'challenger', 'champion']);
    await page.getByRole('button', { name: /^Redo/ }).click();
    await untilMarks(page, 'V1', ['default', 'champion']);
  });

  it('says why a version cannot be deleted; a deleted one comes back when that is undone', async () => {
    await row(page, 'V1').getByRole('button', { name: 'V1', exact: true }).click();
    assert.ok(await button(page, 'Delete').isDisabled());
    await row(page, 'V3').getByRole('button', { name: 'V3', exact: true }).click();
    await button(page, 'Delete').click();
    await row(page, 'V3').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^Undo/ }).click();
    await row(page, 'V3').waitFor();
  });

  it('keeps tags and a note on a version’s card', async () => {
    await row(page, 'V3').getByRole('button', { name: 'V3', exact: true }).click();
    await page.getByLabel('Tag', { exact: true }).fill('owner');
    await page.getByLabel('Its value', { exact: true }).fill('growth team');
    await button(page, 'Set the tag').click();
    await page.getByTestId('tags').getByText('owner: growth team').waitFor();
    await page.getByLabel('Note', { exact: true }).fill('Shallow on purpose.');
    await button(page, 'Save the note').click();
    assert.ok(await button(page, 'Save the note').isDisabled());
    // It stands there again once the worker has answered.
    const note = page.getByLabel('Note', { exact: true });
    for (let nth = 0; nth < 50 && (await note.inputValue()) === ''; nth += 1) await page.waitForTimeout(100);
    assert.equal(await note.inputValue(), 'Shallow on purpose.');
  });

  it('puts a metric of all versions beside each other', async () => {
    const figure = page.getByRole('figure').filter({ hasText: 'of every version' });
    await figure.getByText(/Of 3 versions .* has the best R² on the test rows/).waitFor();
    await page.getByLabel('Metric', { exact: true }).selectOption('RMSE');
    await figure.getByText(/has the best RMSE on the test rows, \$/).waitFor();
  });

  it('compares two versions: only what differs, and both on the same rows', async () => {
    await open(page, '#/evaluate/compare');
    await page.getByLabel('Version', { exact: true }).selectOption('V1');
    await page.getByLabel('Held against').selectOption('V3');
    await page.getByTestId('comparison').filter({ hasText: /V1 against V3.*the predictions lie/ }).waitFor();
    const facts = page.getByRole('region', { name: 'Differences of the cards' });
    const depth = await facts.getByRole('row', { name: /max_depth/ }).getByRole('cell').allInnerTexts();
    assert.deepEqual(depth, [String(report.models[MODEL].params.max_depth), '2']);
    assert.equal(await facts.getByRole('row', { name: /learning_rate/ }).count(), 0);
    const scores = page.getByRole('region', { name: 'Scores of both versions' });
    const r2 = await scores.getByRole('row', { name: /R²/ }).getByRole('cell').allInnerTexts();
    assert.ok(Math.abs(Number(r2[0]) - report.models[MODEL].metrics.test.r2) < 6e-4, `${r2}`);
    await page.getByText('Both take the same inputs').waitFor();
    await page.getByRole('figure').filter({ hasText: 'V3 less V1' }).waitFor();
  });

  it('has everything back after a reload and the same run', async () => {
    await untilKept(page, 5);
    await page.reload();
    await page.locator('html[data-ready]').waitFor({ state: 'attached' });
    await open(page, '#/evaluate/registry');
    await runButton(page).click();
    const again = await finishedReport(page);
    const digests = ({ models }) => Object.values(models).map((model) => model.digest);
    assert.deepEqual(digests(again), digests(report), 'what is kept changes no digest');
    await row(page, 'V3').waitFor();
    await untilMarks(page, 'V1', ['default', 'champion']);
    await untilMarks(page, 'V2', ['challenger']);
    await page.getByText('2 kept versions were brought back.').waitFor();
    await row(page, 'V3').getByRole('button', { name: 'V3', exact: true }).click();
    await page.getByTestId('tags').getByText('owner: growth team').waitFor();
    // It stands there again once the worker has answered.
    const note = page.getByLabel('Note', { exact: true });
    for (let nth = 0; nth < 50 && (await note.inputValue()) === ''; nth += 1) await page.waitForTimeout(100);
    assert.equal(await note.inputValue(), 'Shallow on purpose.');
    await page.getByTestId('keeping').filter({ hasText: 'Every change is kept in this browser.' }).waitFor();
  });

  it('saves a session file, which brings the versions to another browser', async () => {
    saved = await download(page, () => button(page, 'Save session').click());
    assert.match(saved.name, /\.clvlab$/);
    assert.ok(saved.bytes.length < 3e6, `${saved.bytes.length}`);
    const path = join(await mkdtemp(join(tmpdir(), 'session-')), saved.name);
    await writeFile(path, saved.bytes);
    const elsewhere = await openBrowser();
    try {
      const other = await visit(elsewhere, '?customers=500#/evaluate/registry');
      await other.getByLabel('Session file').setInputFiles(path);
      await other.getByTestId('loaded').filter({ hasText: 'run the pipeline' }).waitFor();
      await other.getByRole('link', { name: 'Open it with its settings' }).click();
      await finishedReport(other);
      await row(other, 'V3').waitFor();
      await untilMarks(other, 'V2', ['challenger']);
      assertNone(other.troubles);
    } finally {
      await elsewhere.close();
    }
  });

  it('refuses a file that is none, and one that would replace what differs', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'session-'));
    const broken = join(folder, 'broken.clvlab');
    await writeFile(broken, saved.bytes.subarray(0, saved.bytes.length - 7));
    await page.getByLabel('Session file').setInputFiles(broken);
    await page.locator(NOTICE).filter({ hasText: 'broken.clvlab was not opened.' }).waitFor();
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
    await row(page, 'V3').getByRole('button', { name: 'V3', exact: true }).click();
    await button(page, 'Delete').click();
    await row(page, 'V3').waitFor({ state: 'detached' });
    const whole = join(folder, saved.name);
    await writeFile(whole, saved.bytes);
    await page.getByLabel('Session file').setInputFiles(whole);
    await page.locator(NOTICE).filter({ hasText: 'There is a project of the same configuration here' }).waitFor();
    await page.getByRole('button', { name: /Dismiss/ }).first().click();
    await button(page, 'Opening replaces what differs').click();
    await page.getByLabel('Session file').setInputFiles(whole);
    await row(page, 'V3').waitFor();
    await page.getByTestId('loaded').filter({ hasText: 'is open' }).waitFor();
  });

  it('reports a damaged project, hands it out, and goes on when told', async () => {
    const { revision } = await untilKept(page, 1);
    await page.evaluate(() => new Promise((resolve, reject) => {
      const request = indexedDB.open('clv-lab');
      request.onsuccess = () => {
        const store = request.result.transaction('projects', 'readwrite').objectStore('projects');
        const all = store.getAll();
        all.onsuccess = () => {
          const record = all.result[0];
          record.bytes = record.bytes.slice();
          record.bytes[record.bytes.length >> 1] ^= 255;
          const put = store.put(record);
          put.onsuccess = () => { request.result.close(); resolve(); };
          put.onerror = () => reject(put.error);
        };
      };
    }));
    await page.reload();
    await page.locator('html[data-ready]').waitFor({ state: 'attached' });
    await open(page, '#/evaluate/registry');
    await runButton(page).click();
    await finishedReport(page);
    const problem = page.getByTestId('kept-problem');
    await problem.filter({ hasText: 'cannot be used' }).waitFor();
    assert.ok(await button(page, 'Use what is kept').isDisabled());
    const file = await download(page, () => button(page, 'Save what is kept as a file').click());
    assert.ok(file.bytes.length > 1_000);
    assert.equal((await kept(page))[0].revision, revision, 'it was not overwritten');
    await button(page, 'Keep what is on the screen, replace the other').click();
    await problem.waitFor({ state: 'detached' });
    await untilKept(page, revision + 1);
    await untilMarks(page, 'V1', ['default', 'champion']);
  });

  it('lists what the browser keeps and forgets what is not open', async () => {
    await button(page, 'What this browser keeps').click();
    await page.getByTestId('projects').getByRole('listitem').filter({ hasText: 'open' }).waitFor();
    assert.ok(await page.getByTestId('projects').getByRole('button', { name: /Forget/ }).isDisabled());
  });

  it('made no console error', () => assertNone(page.troubles));
});
