import { openBrowser, visit, finishedReport } from './visit.mjs';
const [,, query, hash, out, width, theme, script] = process.argv;
const browser = await openBrowser();
const page = await visit(browser, query + (theme ? `&theme=${theme}` : '') + hash, { viewport: { width: Number(width || 1440), height: 900 } });
await finishedReport(page);
await page.waitForTimeout(2500);
if (script) { const f = new Function('page', `return (async () => { ${script} })()`); await f(page); await page.waitForTimeout(1500); }
await page.screenshot({ path: out, fullPage: !process.env.VIEW });
console.log(page.troubles, await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth, window.longTasks.length]));
await browser.close();
