import { openBrowser, visit, finishedReport } from './visit.mjs';
const browser = await openBrowser();
const page = await visit(browser, `?customers=${process.argv[2] || 1000}&run=train#/predictions/live`);
await finishedReport(page);
await page.locator('[data-table="CONTINUOUS_CLV_PREDICTIONS"]').waitFor();
await page.getByRole('button', { name: process.argv[3] || '1 hour/s' }).click(); await page.waitForTimeout(1500);
const client = await browser.newBrowserCDPSession();
const events = []; client.on('Tracing.dataCollected', (e) => events.push(...e.value));
await client.send('Tracing.start', { categories: 'devtools.timeline,disabled-by-default-devtools.timeline', transferMode: 'ReportEvents' });
await page.waitForTimeout(5000);
const done = new Promise((r) => client.once('Tracing.tracingComplete', r)); await client.send('Tracing.end'); await done;
const main = {}; const threads = {};
for (const e of events) if (e.name === 'thread_name') threads[`${e.pid}:${e.tid}`] = e.args.name;
const tasks = [];
for (const e of events) { if (e.ph !== 'X') continue; const t = threads[`${e.pid}:${e.tid}`]; if (t !== 'CrRendererMain') continue; if (e.name === 'RunTask') tasks.push(e); const k = e.name; main[k] ??= [0, 0, 0]; main[k][0] += e.dur / 1000; main[k][1]++; main[k][2] = Math.max(main[k][2], e.dur / 1000); }
console.log(Object.entries(main).sort((a, b) => b[1][0] - a[1][0]).slice(0, 16).map(([k, v]) => `${k} ${v[0].toFixed(0)} ms / ${v[1]} max ${v[2].toFixed(0)}`).join('\n'));
const durs = tasks.map((t) => t.dur / 1000).sort((a, b) => b - a); console.log('tasks >8', durs.filter((d) => d > 8).length, 'top', durs.slice(0, 12).map((d) => Math.round(d)));
await browser.close();
