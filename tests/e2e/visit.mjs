// Opens the app in Chromium and keeps a list of everything that should not happen: console errors, exceptions, breaches of the
// content security policy, requests elsewhere. Knows the page by its contract only: attributes, test ids, accessible names.
import { chromium } from 'playwright-core';

const { CLV_LAB_URL, CHROMIUM } = process.env;
if (!CLV_LAB_URL || !CHROMIUM) {
  throw new Error('CLV_LAB_URL and CHROMIUM are not set: start with `cargo xtask test journeys`, which serves dist/ and sets both.');
}

export const FINISH_MS = 120_000;
export const NOTICE = '[role=alert]:visible, [data-testid=notice]:visible';

/** A browser that cannot reach any other host. */
export function openBrowser() {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--disable-background-networking', '--disable-component-update', '--disable-gpu', '--disable-quic', '--disable-sync',
      '--no-first-run', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/**
 * Opens the app with a query and waits until it accepts input. The page comes with `troubles`, what went wrong so far, as
 * sentences; `window.longTasks` on the page lists the main thread's tasks of 50 ms and more.
 */
export async function visit(browser, query = '', { scripts = [], onResponse, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  await context.addInitScript(watch);
  for (const content of scripts) await context.addInitScript({ content });
  const page = await context.newPage();
  page.troubles = [];
  if (onResponse) context.on('response', onResponse);
  page.on('console', (message) => {
    if (message.type() === 'error') page.troubles.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => page.troubles.push(`exception: ${error.stack ?? error}`));
  page.on('crash', () => page.troubles.push('the page crashed'));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(CLV_LAB_URL) && !/^(data|blob):/.test(url)) page.troubles.push(`request elsewhere: ${url}`);
  });
  await page.goto(CLV_LAB_URL + query);
  await page.locator('html[data-ready]').waitFor({ state: 'attached', timeout: 60_000 });
  return page;
}

/** Runs in the page before its own scripts. */
function watch() {
  window.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) window.longTasks.push({ startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
  document.addEventListener('securitypolicyviolation', (event) => {
    console.error(`content security policy: ${event.violatedDirective} forbids ${event.blockedURI} ${event.sample}`);
  });
}

/** Waits until `<html data-run>` is one of the given states. */
export function untilRunIs(page, states, timeout = FINISH_MS) {
  return page.locator([states].flat().map((state) => `html[data-run=${state}]`).join(', ')).waitFor({ state: 'attached', timeout });
}

/** Waits for the end of the run, which must be a good one, and reads its report. */
export async function finishedReport(page) {
  await untilRunIs(page, ['done', 'failed', 'cancelled']);
  const state = await page.locator('html').getAttribute('data-run');
  if (state !== 'done') {
    const said = await page.locator(NOTICE).allInnerTexts();
    throw new Error(`The run ended as "${state}". The page says: ${said.join(' | ') || 'nothing'}`);
  }
  return readReport(page);
}

export async function readReport(page) {
  return JSON.parse(await page.getByTestId('run-report').textContent());
}

export function runButton(page) {
  return page.getByRole('button', { name: 'Run pipeline', exact: true });
}

/** Fails with the given sentences, when there are any. */
export function assertNone(faults) {
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** The fragments of the pages that the navigation offers, in its order. */
export async function pagesOffered(page) {
  const hrefs = await page.locator('nav a[href^="#/"]').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  return [...new Set(hrefs)];
}

/** Goes to a page of the app through its navigation. */
export async function goTo(page, href) {
  await page.locator(`nav a[href="${href}"]:visible`).first().click();
  await page.waitForURL((url) => url.hash.startsWith(href));
  await settled(page);
}

/** Waits until the page is there and has been drawn: its program has come, two frames have passed, and no animation is under way. */
export async function settled(page) {
  await drawn(page);
  await page.getByTestId('arriving').waitFor({ state: 'detached' });
  await drawn(page);
}

function drawn(page) {
  return page.evaluate(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    await frame();
    await frame();
    const finite = document.getAnimations().filter((animation) => Number.isFinite(animation.effect?.getComputedTiming().endTime));
    await Promise.allSettled(finite.map((animation) => animation.finished));
  });
}
