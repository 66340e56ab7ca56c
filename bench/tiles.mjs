// Map tiles of one Cloud Optimized GeoTIFF (Banepa, 11264 x 8704, JPEG, EPSG:3857, and the same in UTM): tiles a second
// and waiting times of `resflow serve` against TiTiler (uvicorn), the same file and the same tiles in the same order, each
// server alone on the machine in turn; then tiles from memory, and memory while 200 clients ask at random, half of whom
// leave early. Where the machine has other work, the processor time a tile is what compares.
// Needs: the sample data, and TiTiler in a virtual environment named by --titiler DIR (pip install titiler.core uvicorn);
// without it only our own numbers are given. Run: npm run bench tiles -- --titiler DIR [--seconds 10]
// [--format png|webp|jpg] (without: as either server chooses, JPEG or PNG) [--only mercator|utm]
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import gdal from 'gdal-async';
import { table } from './measure.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = join(ROOT, '..', 'shared', 'data', 'large_scene_banepa_11264x8704', 'image.tif');
const { values } = parseArgs({
  options: {
    titiler: { type: 'string' },
    seconds: { type: 'string', default: '10' },
    format: { type: 'string' },
    source: { type: 'string', default: SOURCE },
    only: { type: 'string' },
  },
});
const SECONDS = Number(values.seconds);
const EXTENSION = values.format === undefined ? '' : `.${values.format}`;
const PORTS = { ours: 18731, theirs: 18732 };

if (!existsSync(values.source)) {
  process.stderr.write(
    `bench/tiles: SKIPPED, there is no ${values.source} (the sample data beside the clone, or --source FILE).\n`,
  );
  process.exit(0);
}
const python = values.titiler === undefined ? null : join(values.titiler, 'bin', 'python');
if (python === null || !existsSync(python)) {
  process.stderr.write(
    'bench/tiles: WITHOUT TiTiler, which --titiler DIR names (a virtual environment with titiler.core and uvicorn).\n',
  );
}

const folder = await mkdtemp(join(tmpdir(), 'resflow-bench-tiles-'));
const children = new Set();
try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

async function main() {
  const files = await makeFiles();
  const workspace = join(folder, 'workspace');
  await resflow(['init', workspace]);
  for (const [name, file] of Object.entries(files)) {
    await resflow(['scene', 'add', file, '--id', name, '--place', name, '--workspace', workspace]);
  }
  const servers = {
    ours: () =>
      start(
        process.execPath,
        [join(ROOT, 'bin', 'resflow'), 'serve', '--port', String(PORTS.ours), '--workspace', workspace],
        `http://127.0.0.1:${PORTS.ours}/api/openapi.json`,
      ),
    ...(python === null || !existsSync(python) ? {} : { theirs: startTitiler }),
  };
  const rows = [];
  for (const name of Object.keys(files).filter((one) => values.only === undefined || one === values.only)) {
    const tiles = tilesOf(files[name]);
    for (const [who, begin] of Object.entries(servers)) {
      const server = await begin();
      const url = (tile) => addressOf(who, { name, file: files[name], tile });
      for (const clients of [1, 8, 32]) {
        // Other tiles for each number of clients, the same for both servers: nothing comes from memory.
        const part = tiles.filter((_, i) => i % 3 === [1, 8, 32].indexOf(clients));
        rows.push([
          name,
          'drawn now',
          who,
          clients,
          ...(await measured(server, part.map(url), clients, { once: true })),
        ]);
      }
      if (who === 'ours') {
        const few = tiles.slice(0, 500).map(url);
        await load(few, 8, { once: true });
        rows.push([name, 'from memory', who, 32, ...(await measured(server, few, 32, {}))]);
        rows.push([
          name,
          'at random',
          who,
          200,
          ...(await measured(server, tiles.map(url), 200, { leave: 0.5 })),
        ]);
      }
      await stop(server);
    }
  }
  console.log(
    table(
      [
        'file',
        'tiles',
        'server',
        'clients',
        'tiles/s',
        'median ms',
        'p99 ms',
        'failed',
        'KB a tile',
        'CPU ms a tile',
        'peak MiB',
      ],
      rows,
    ),
  );
}

async function makeFiles() {
  const source = gdal.open(values.source);
  const options = ['COMPRESS=JPEG', 'QUALITY=85', 'BLOCKSIZE=512'];
  const files = { mercator: join(folder, 'mercator.tif'), utm: join(folder, 'utm.tif') };
  (await gdal.drivers.get('COG').createCopyAsync(files.mercator, source, options)).close();
  const warped = await gdal.warpAsync(
    join(folder, 'utm.vrt'),
    null,
    [source],
    ['-of', 'VRT', '-t_srs', 'EPSG:32645', '-r', 'bilinear', '-dstnodata', '0'],
  );
  (
    await gdal.drivers.get('COG').createCopyAsync(files.utm, warped, ['COMPRESS=DEFLATE', 'BLOCKSIZE=512'])
  ).close();
  warped.close();
  source.close();
  return files;
}

/** Tiles of levels 15 to 20 of a file, in a seeded order; half of them at the two finest levels. */
function tilesOf(file) {
  const dataset = gdal.open(file);
  const to = new gdal.CoordinateTransformation(dataset.srs, gdal.SpatialReference.fromEPSG(3857));
  const [a, b, , d, , f] = dataset.geoTransform;
  const { x: width, y: height } = dataset.rasterSize;
  const [from, end] = [to.transformPoint(a, d), to.transformPoint(a + b * width, d + f * height)];
  dataset.close();
  const half = Math.PI * 6378137;
  const tiles = [];
  for (let z = 15; z <= 20; z++) {
    const side = (2 * half) / 2 ** z;
    for (let y = Math.floor((half - from.y) / side); y <= Math.floor((half - end.y) / side); y++) {
      for (let x = Math.floor((from.x + half) / side); x <= Math.floor((end.x + half) / side); x++)
        tiles.push({ z, x, y });
    }
  }
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  return tiles
    .map((tile) => [random(), tile])
    .sort((p, q) => p[0] - q[0])
    .map(([, tile]) => tile)
    .slice(0, 3000);
}

function addressOf(who, { name, file, tile: { z, x, y } }) {
  return who === 'ours'
    ? `http://127.0.0.1:${PORTS.ours}/tiles/scene/${name}/${z}/${x}/${y}${EXTENSION}`
    : `http://127.0.0.1:${PORTS.theirs}/tiles/WebMercatorQuad/${z}/${x}/${y}${EXTENSION}?url=${encodeURIComponent(file)}&resampling=bilinear`;
}

async function startTitiler() {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, 'peer.py'),
    'from fastapi import FastAPI\nfrom titiler.core.factory import TilerFactory\nfrom titiler.core.errors import DEFAULT_STATUS_CODES, add_exception_handlers\napp = FastAPI()\napp.include_router(TilerFactory().router)\nadd_exception_handlers(app, DEFAULT_STATUS_CODES)\n',
  );
  // A worker a core, as TiTiler's documents advise, and GDAL's settings from there too.
  const env = {
    GDAL_CACHEMAX: '200',
    GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
    VSI_CACHE: 'TRUE',
    GDAL_HTTP_MULTIPLEX: 'YES',
  };
  return start(
    python,
    [
      '-m',
      'uvicorn',
      'peer:app',
      '--port',
      String(PORTS.theirs),
      '--workers',
      '2',
      '--log-level',
      'error',
      '--app-dir',
      folder,
    ],
    `http://127.0.0.1:${PORTS.theirs}/openapi.json`,
    env,
  );
}

async function start(program, args, probe, env = {}) {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.add(child);
  for (let i = 0; i < 300; i++) {
    if (
      await fetch(probe).then(
        (answer) => answer.ok,
        () => false,
      )
    )
      return child;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${program} does not answer`);
}

async function stop(child) {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  children.delete(child);
}

/** Processor time of a process and its children so far, seconds. */
function cpuOf({ pid }) {
  const ticks = (id) => {
    const fields = readFileSync(`/proc/${id}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  return processesOf(pid).reduce((sum, id) => sum + ticks(id), 0) / 100;
}

function processesOf(pid) {
  return [
    String(pid),
    ...readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean),
  ];
}

/** Peak resident memory of a process and its children, MiB. */
function memoryOf({ pid }) {
  const peak = (id) =>
    Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  return Math.round(processesOf(pid).reduce((sum, id) => sum + peak(id), 0));
}

/** Asks for addresses by some clients at once: each once, or again and again for the time; some leave before the answer. */
async function load(urls, clients, { once = false, leave = 0 }) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
  const times = [];
  const result = { failed: 0, bytes: 0 };
  const begin = performance.now();
  const deadline = begin + SECONDS * 1000;
  let next = 0;
  const client = async (number) => {
    for (;;) {
      const i = next++;
      if ((once && i >= urls.length) || performance.now() > deadline) return;
      const asked = performance.now();
      const leaves = number < clients * leave;
      const bytes = await ask(urls[once ? i : (i * 7919) % urls.length], agent, leaves);
      if (bytes === null) result.failed++;
      else if (!leaves) {
        times.push(performance.now() - asked);
        result.bytes += bytes;
      }
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  const seconds = (performance.now() - begin) / 1000;
  agent.destroy();
  return { times: times.sort((a, b) => a - b), seconds, ...result };
}

function ask(url, agent, leaves) {
  return new Promise((resolve) => {
    const request = http.get(url, { agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk) => (bytes += chunk.length));
      answer.on('end', () => resolve(answer.statusCode === 200 ? bytes : null));
    });
    request.on('error', () => resolve(leaves ? 0 : null));
    if (leaves) setTimeout(() => request.destroy(), 5);
  });
}

/** Some load on a server, and what it cost: the rest of a row of the table. */
async function measured(server, urls, clients, how) {
  const before = cpuOf(server);
  const result = await load(urls, clients, how);
  const cpu = ((cpuOf(server) - before) * 1000) / Math.max(1, result.times.length);
  return [...describe(result), cpu.toFixed(1), memoryOf(server)];
}

function describe({ times, seconds, failed, bytes }) {
  return [
    (times.length / seconds).toFixed(0),
    times[times.length >> 1]?.toFixed(1),
    times[Math.floor(times.length * 0.99)]?.toFixed(1),
    failed,
    (bytes / 1024 / Math.max(1, times.length)).toFixed(0),
  ];
}

async function resflow(args) {
  const child = spawn(process.execPath, [join(ROOT, 'bin', 'resflow'), ...args], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`resflow ${args.join(' ')} ended with ${code}`);
}
