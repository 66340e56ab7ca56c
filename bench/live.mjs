// What predictions on the spot cost a run that is under way: the same map run with and without a server that four clients
// keep predicting all the while, in turn. Their ratio, the predictions made, and how long clients waited for the first
// prediction of an idle server. `npm run bench live [-- --pairs 3 --crop 8192]`; takes the newest Mono of the quality bench.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compare, median, table } from './measure.mjs';
import { CACHE, LARGE, PYTHON, resflowIn, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: { pairs: { type: 'string', default: '3' }, crop: { type: 'string', default: '8192' } },
});
const HOME = join(CACHE, 'quality');
if (!existsSync(LARGE) || !existsSync(join(HOME, 'models', 'buildings'))) {
  process.stderr.write(
    'SKIPPED: needs the shared data and a model: `npm run bench:quality -- --quick` first.\n',
  );
  process.exit(0);
}
const resflow = resflowIn(HOME);
const side = Number(values.crop);
/** A piece of the large scene is mapped, all of it is looked at. */
const mapped = `live-run-${side}`;
const file = join(CACHE, `${mapped}.tif`);
if (!existsSync(file)) {
  const script = `import rasterio, sys
with rasterio.open(sys.argv[1]) as s:
    w = rasterio.windows.Window(1024, 256, ${side}, ${side})
    p = s.profile; p.update(width=${side}, height=${side}, transform=s.window_transform(w), compress=None, photometric="RGB")
    with rasterio.open(sys.argv[2], "w", **p) as o:
        o.write(s.read(window=w))`;
  execFileSync(PYTHON, ['-c', script, LARGE, file]);
}
const looked = 'live-look';
for (const [id, path] of [
  [mapped, file],
  [looked, LARGE],
]) {
  if (!existsSync(join(HOME, 'scenes', `${id}.json`)))
    resflow('scene', 'add', path, '--place', 'bench', '--id', id);
}
const models = readdirSync(join(HOME, 'models', 'buildings')).filter((id) => !id.includes('.'));
const model = models.sort().at(-1);

const mapRun = () => resflow('map', 'run', 'buildings', '--scenes', mapped, '--model', model, '--fresh');

async function serve() {
  // Nothing that was predicted before is of use.
  rmSync(join(HOME, 'server', 'live'), { recursive: true, force: true });
  const child = spawn(
    process.execPath,
    [join(ROOT, 'bin', 'resflow'), 'serve', '--port', '0', '--workspace', HOME],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const url = await new Promise((resolve) => {
    child.stderr.on('data', (chunk) => {
      const found = /at (http:\S+)\/ /.exec(chunk.toString())?.[1];
      if (found !== undefined) resolve(found);
    });
  });
  return { url, stop: () => new Promise((resolve) => child.once('close', resolve) && child.kill()) };
}

/** Small boxes, each in a region of its own. */
async function boxes(url) {
  const { bbox, width, height, gsd } = await (await fetch(`${url}/api/scenes/${looked}`)).json();
  const [columns, rows] = [width, height].map((pixels) => Math.floor((pixels * gsd) / 0.3 / 1024));
  const [west, south, east, north] = bbox;
  const [dx, dy] = [(east - west) / columns, (north - south) / rows];
  return Array.from({ length: columns * rows }, (_, k) => {
    const x = west + dx * ((k % columns) + 0.45);
    const y = south + dy * (Math.floor(k / columns) + 0.45);
    return [x, y, x + dx / 20, y + dy / 20];
  });
}

async function predict(url, bbox, signal) {
  const start = performance.now();
  const body = JSON.stringify({ application: 'buildings', model, scene: looked, bbox });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/predict`, { method: 'POST', headers, body, signal });
  await answer.json();
  if (answer.status !== 200) throw new Error(`a prediction was answered with ${answer.status}`);
  return (performance.now() - start) / 1000;
}

async function withLookers() {
  const server = await serve();
  const places = await boxes(server.url);
  const end = new AbortController();
  let predictions = 0;
  const looker = async (first) => {
    for (let i = first; i < places.length && !end.signal.aborted; i += 4) {
      await predict(server.url, places[i], end.signal)
        .then(() => (predictions += 1))
        .catch(() => undefined);
    }
  };
  const looking = [0, 1, 2, 3].map(looker);
  const result = await new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      [
        join(ROOT, 'bin', 'resflow'),
        'map',
        'run',
        'buildings',
        '--scenes',
        mapped,
        '--model',
        model,
        '--fresh',
        '--workspace',
        HOME,
        '--json',
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let out = '';
    child.stdout.on('data', (chunk) => (out += chunk));
    child.once('close', (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(out))));
  });
  end.abort();
  await Promise.all(looking);
  await server.stop();
  return { seconds: result.seconds, predictions };
}

const idle = await serve();
const waits = [];
for (const bbox of (await boxes(idle.url)).slice(0, 6)) waits.push(await predict(idle.url, bbox));
await idle.stop();

const { rows } = await compare(
  () => Promise.resolve({ seconds: mapRun().seconds }),
  withLookers,
  Number(values.pairs),
);
process.stdout.write(
  `${table(
    ['', 'run alone', 'with four who look', 'ratio', 'predictions meanwhile'],
    rows.map(({ a, b, ratio }, i) => [
      `pair ${i + 1}`,
      `${a.seconds.toFixed(1)} s`,
      `${b.seconds.toFixed(1)} s`,
      ratio.toFixed(2),
      String(b.predictions),
    ]),
  )}\n\nmedian ratio ${median(rows.map(({ ratio }) => ratio)).toFixed(2)}; an idle server's first prediction takes ${waits[0].toFixed(1)} s (worker, model), the next ${median(waits.slice(1)).toFixed(2)} s (a region of 1024 px)\n`,
);
