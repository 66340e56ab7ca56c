// Eight workers of two runs compete for two simulated devices: how busy are those? Real processes, tickets, reading and
// encoding; the devices sleep. Prints a table and draws use over time. Needs the built program (`npm run build`).
// Run: node bench/tickets.mjs [--rate MPX_PER_S] [--out FILE.svg]
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import gdal from 'gdal-async';
import { seededRandom } from '../dist/core/random.js';
import { readDesk } from '../dist/gpu/read-desk.js';
import { deviceFolder } from '../dist/gpu/simulated-devices.js';
import { drawChart } from '../dist/training/draw-curves.js';
import { table } from './measure.mjs';
import { resflowIn, ROOT } from './workspace.mjs';

const option = (name, fallback) =>
  process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : fallback;
const RATE = Number(option('--rate', 3));
const OUT = option('--out', join(ROOT, 'docs', 'images', 'tickets.svg'));
const [RUNS, WORKERS] = [2, 4];
const SIDE = { width: 8192, height: 8192 };
// Three models fit on a device: six of the eight workers.
const DEVICES = ['gpu0', 'gpu1'].map((name) => ({
  name,
  memoryMiB: 2200,
  megapixelsPerSecond: RATE,
  modelMiB: 700,
}));

/** Three bands of seeded texture. */
function writeScene(path, seed) {
  const random = seededRandom(seed);
  const { width, height } = SIDE;
  const dataset = gdal.open(path, 'w', 'GTiff', width, height, 3, gdal.GDT_Byte, ['TILED=YES']);
  dataset.srs = gdal.SpatialReference.fromEPSG(32737);
  dataset.geoTransform = [500000, 0.5, 0, 9000000, 0, -0.5];
  const row = new Uint8Array(width * 256);
  for (let band = 1; band <= 3; band += 1) {
    for (let y = 0; y < height; y += 256) {
      for (let i = 0; i < row.length; i += 1)
        row[i] = 100 + 60 * Math.sin((i % width) / (30 + band)) + 40 * random();
      dataset.bands.get(band).pixels.write(0, y, width, 256, row);
    }
  }
  dataset.close();
}

async function prepare(folder, run) {
  const workspace = join(folder, `workspace-${run}`);
  const scene = join(folder, `scene-${run}.tif`);
  writeScene(scene, run);
  const resflow = resflowIn(workspace);
  resflow('init', workspace);
  resflow('scene', 'add', scene, '--place', 'bench', '--id', 'scene');
  resflow('app', 'create', 'app', '--class', 'building', '--gsd', '0.5');
  return workspace;
}

const map = (workspace, env) =>
  new Promise((resolve, reject) => {
    const args = ['map', 'run', 'app', '--all', '--model', 'noop', '--workers', String(WORKERS)];
    const child = spawn(
      process.execPath,
      [join(ROOT, 'bin', 'resflow'), ...args, '--region', '1024', '--workspace', workspace, '--json'],
      { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`map run ended with ${code}: ${text}`)),
    );
  });

/** The share of each second of [from, to) that the stretches cover, in %. */
function perSecond(stretches, from, to) {
  const bins = Array.from({ length: Math.ceil((to - from) / 1000) }, () => 0);
  for (const { start, end } of stretches) {
    for (let at = start; at < end;) {
      const bin = Math.floor((at - from) / 1000);
      const stop = Math.min(end, from + (bin + 1) * 1000);
      if (bin >= 0 && bin < bins.length) bins[bin] += stop - at;
      at = stop;
    }
  }
  const width = (bin) => Math.min(1000, to - from - bin * 1000);
  return bins.map((busy, bin) => (100 * busy) / width(bin));
}

const folder = await mkdtemp(join(tmpdir(), 'resflow-tickets-'));
try {
  const workspaces = [];
  for (let run = 0; run < RUNS; run += 1) workspaces.push(await prepare(folder, run));
  const desk = join(folder, 'desk');
  const env = {
    RESFLOW_TICKETS: desk,
    RESFLOW_DEVICES: JSON.stringify({ version: 1, log: true, devices: DEVICES }),
  };
  const samples = [];
  const sampling = setInterval(() => {
    const { devices, tickets, waiting } = readDesk(desk);
    samples.push({
      at: Date.now(),
      tickets: tickets.map(({ device, memoryMiB }) => ({
        name: devices.find(({ key }) => key === device)?.name,
        memoryMiB,
      })),
      waiting: waiting.length,
    });
  }, 250);
  const runs = await Promise.all(workspaces.map((workspace) => map(workspace, env)));
  clearInterval(sampling);

  const known = readDesk(desk).devices;
  const used = await Promise.all(
    DEVICES.map(async ({ name }) => {
      const key = known.find((device) => device.name === name)?.key ?? '';
      const text = await readFile(join(deviceFolder(desk, key), 'use.jsonl'), 'utf8');
      return {
        name,
        stretches: text
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      };
    }),
  );
  const all = used.flatMap(({ stretches }) => stretches);
  const from = Math.min(...all.map(({ start }) => start));
  const to = Math.max(...all.map(({ end }) => end));
  const rows = used.map(({ name, stretches }) => {
    const busy = stretches.reduce((sum, { start, end }) => sum + end - start, 0);
    return [
      name,
      String(stretches.length),
      String(new Set(stretches.map(({ pid }) => pid)).size),
      (busy / 1000).toFixed(1),
      ((to - from) / 1000).toFixed(1),
      `${((100 * busy) / (to - from)).toFixed(1)} %`,
    ];
  });
  process.stdout.write(
    `${RUNS} runs of ${WORKERS} workers on ${DEVICES.length} simulated devices of ${RATE} Mpx/s; memory for 3 models on each\n\n${table(
      ['device', 'batches', 'workers that used it', 'busy s', 'of s', 'busy'],
      rows,
    )}\n\n${runs.map((run) => `${run.tasks.done} regions, ${run.tasks.failed} failed`).join('; ')}; left on the desk: ${readDesk(desk).tickets.length} tickets\n`,
  );

  const colours = ['#1f77b4', '#e8843c'];
  const seconds = (at) => (at - from) / 1000;
  const shown = samples.filter(({ at }) => at >= from - 1000 && at <= to);
  const held = (sample, name) =>
    sample.tickets.reduce((sum, ticket) => sum + (ticket.name === name ? ticket.memoryMiB : 0), 0);
  const svg = drawChart({
    title: 'Eight workers compete for two simulated devices',
    subtitle: `busy ${rows.map(([name, , , , , busy]) => `${name} ${busy}`).join(', ')} from the first batch to the last; ${DEVICES[0].memoryMiB} MiB a device, ${DEVICES[0].modelMiB} MiB a model`,
    xLabel: 'seconds since the first batch',
    panels: [
      {
        title: 'Use of each device, per second',
        unit: '%',
        range: [0, 100],
        curves: used.map(({ name, stretches }, i) => ({
          name,
          colour: colours[i],
          points: perSecond(stretches, from, to).map((busy, second) => [second + 0.5, busy]),
        })),
      },
      {
        title: 'Memory in tickets',
        unit: 'MiB',
        range: [0, DEVICES[0].memoryMiB],
        curves: DEVICES.map(({ name }, i) => ({
          name,
          colour: colours[i],
          points: shown.map((sample) => [Math.max(0, seconds(sample.at)), held(sample, name)]),
        })),
      },
      {
        title: 'Workers that wait for a ticket',
        unit: '',
        range: [0, RUNS * WORKERS],
        curves: [
          {
            name: 'waiting',
            colour: '#52606d',
            points: shown.map((sample) => [Math.max(0, seconds(sample.at)), sample.waiting]),
          },
        ],
      },
    ],
  });
  await writeFile(OUT, `${svg}\n`);
  process.stdout.write(`\nThe plot is ${OUT}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
