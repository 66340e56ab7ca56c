// How fast the page starts, and how it moves thousands of chips: `node bench/page.mjs WORKSPACE [--loads N]`. A fresh browser
// session for each load, nothing cached; drawing is by software, so frame rates are a lower bound. Needs a Chromium.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { median, table } from './measure.mjs';

const [, , workspace] = process.argv;
const loads = process.argv.includes('--loads')
  ? Number(process.argv[process.argv.indexOf('--loads') + 1])
  : 7;
const CLOUDS = [1000, 5000, 20_000];
const program = fileURLToPath(new URL('../bin/resflow', import.meta.url));
if (workspace === undefined) throw new Error('node bench/page.mjs WORKSPACE');

const server = spawn(process.execPath, [program, 'serve', '--port', '0', '--workspace', workspace]);
const url = await new Promise((resolve) => {
  server.stderr.on('data', (chunk) => {
    const found = /at (http\S+)\/ /.exec(String(chunk));
    if (found) resolve(found[1]);
  });
});
const browser = await chromium.launch({
  executablePath: process.env.RESFLOW_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});

const rows = [];
for (const view of ['map', 'runs', 'gallery', 'models', 'report']) {
  const seen = [];
  const drawn = [];
  for (let i = 0; i <= loads; i += 1) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    const page = await context.newPage();
    const started = performance.now();
    await page.goto(`${url}/${view}`, { waitUntil: 'commit' });
    await page.getByRole('heading', { level: 1 }).waitFor();
    const heading = performance.now() - started;
    if (view === 'map') {
      while (!(await page.evaluate('Boolean(globalThis.resflowMap?.loaded())')))
        await page.waitForTimeout(20);
    } else await page.waitForLoadState('networkidle', { timeout: 5000 }).catch(() => undefined);
    // The first load of each view warms the server's caches.
    if (i > 0) {
      seen.push(heading);
      drawn.push(performance.now() - started);
    }
    await context.close();
  }
  rows.push([
    view,
    median(seen).toFixed(0),
    Math.max(...seen).toFixed(0),
    view === 'map' ? median(drawn).toFixed(0) : '',
  ]);
}
process.stdout.write(`${loads} loads a view, milliseconds, a new session each\n\n`);
process.stdout.write(`${table(['view', 'heading, median', 'worst', 'map drawn, median'], rows)}\n`);
const frames = [];
for (const chips of CLOUDS) frames.push([chips, (await framesOfCloud(chips)).toFixed(1)]);
process.stdout.write(`\nTurned about for five seconds\n\n${table(['chips', 'frames/s'], frames)}\n`);
await browser.close();
server.kill('SIGTERM');

/** Frames a second while a plane of made-up chips is dragged about. */
async function framesOfCloud(count) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
  const column = (of) => Array.from({ length: count }, (_, i) => of(i));
  const chips = {
    partition: 'made-up',
    total: count,
    id: column((i) => `scene/${i}-0`),
    scene: column(() => 'scene'),
    place: column(() => 'place'),
    acquired: column(() => null),
    bucket: column((i) => i % 7),
    lon: column(() => 0),
    lat: column(() => 0),
    x: column((i) => Math.cos(i) * Math.sqrt(i / count)),
    y: column((i) => Math.sin(i) * Math.sqrt(i / count)),
  };
  await page.route('**/api/gallery/chips', (route) => route.fulfill({ json: chips }));
  await page.goto(`${url}/gallery?look=cloud`);
  await page.locator('.cloud canvas').waitFor();
  await page.waitForTimeout(3000);
  await page.evaluate(
    '(() => { globalThis.frames_ = 0; const tick = () => { globalThis.frames_ += 1; requestAnimationFrame(tick); }; requestAnimationFrame(tick); })()',
  );
  const started = performance.now();
  await page.mouse.move(800, 400);
  await page.mouse.down();
  for (let i = 0; performance.now() - started < 5000; i += 1) {
    await page.mouse.move(800 + 100 * Math.cos(i / 10), 400 + 100 * Math.sin(i / 10));
  }
  await page.mouse.up();
  return (await page.evaluate('globalThis.frames_')) / ((performance.now() - started) / 1000);
}
