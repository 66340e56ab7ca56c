// Everything but the network: read, resample, chip, encode, write. `node bench/no-model.mjs [--pairs N]`
// 1. Uncompressed 3-band input, one core: megapixels a second, against rasterio doing the same without chips or overviews.
// 2. A 40,000 x 35,000 scene against the 11,264 x 8,704 one: peak memory of all processes together.
import { join } from 'node:path';
import { compare, median, run, table } from './measure.mjs';
import {
  addScene,
  benchWorkspace,
  CACHE,
  LARGE,
  PYTHON,
  rawCopy,
  repeatingVrt,
  resflow,
  ROOT,
  taskReports,
  WORKSPACE,
} from './workspace.mjs';

const pairs = Number(process.argv[process.argv.indexOf('--pairs') + 1] || 3) || 3;
if (benchWorkspace() === null) process.exit(0);

const raw = join(CACHE, 'large-raw.tif');
rawCopy(LARGE, raw);
addScene('large-raw', raw);
const map = (scene, workers) => [
  process.execPath,
  join(ROOT, 'bin', 'resflow'),
  'map',
  'run',
  'buildings',
  '--scenes',
  scene,
  '--model',
  'noop',
  '--gsd',
  'own',
  '--workers',
  String(workers),
  '--fresh',
  '--json',
  '--workspace',
  WORKSPACE,
];
const megapixels = (11264 * 8704) / 1e6;
const ours = async () => {
  const { stdout } = await run(map('large-raw', 1), { cpus: '0' });
  const done = JSON.parse(stdout);
  const working = taskReports(WORKSPACE, done.run).reduce((sum, report) => sum + report.seconds.total, 0);
  return { seconds: done.seconds, working };
};
const theirs = async () => {
  const { stdout } = await run(
    [PYTHON, join(ROOT, 'bench', 'peers', 'noop_scene.py'), raw, join(CACHE, 'noop-peer')],
    { cpus: '0' },
  );
  return { seconds: JSON.parse(stdout).seconds };
};
const speed = await compare(ours, theirs, pairs);
const working = median(speed.rows.map((row) => row.a.working));
process.stdout.write(
  `Without a model, uncompressed ${megapixels.toFixed(0)} megapixels, one core, ${pairs} pairs (start of the programs left out)\n\n` +
    table(
      ['', 'median s', 'Mpx/s', 'ratio to RESFlow'],
      [
        ['RESFlow (COG with overviews)', speed.a.toFixed(2), (megapixels / speed.a).toFixed(1), '1'],
        ['of that, the started worker', working.toFixed(2), (megapixels / working).toFixed(1), ''],
        [
          'rasterio (tiled, no overviews)',
          speed.b.toFixed(2),
          (megapixels / speed.b).toFixed(1),
          speed.ratio.toFixed(2),
        ],
      ],
    ) +
    '\n\n',
);

addScene('large', LARGE);
const vrt = join(CACHE, 'huge.vrt');
repeatingVrt(LARGE, { sourceWidth: 11264, sourceHeight: 8704, width: 40000, height: 35000 }, vrt);
addScene('huge', vrt);
const memory = (scene) =>
  resflow([
    'map',
    'run',
    'buildings',
    '--scenes',
    scene,
    '--model',
    'noop',
    '--gsd',
    'own',
    '--workers',
    '2',
    '--region',
    '4096',
    '--max-memory',
    '2GiB',
    '--fresh',
  ]);
const [small, huge] = [memory('large'), memory('huge')];
process.stdout.write(
  table(
    ['scene', 'megapixels', 's', 'Mpx/s', 'peak MiB, all processes', 'limit MiB'],
    [small, huge].map((r) => [
      r.scenes[0].scene,
      r.megapixels.toFixed(0),
      r.seconds.toFixed(1),
      r.megapixelsPerSecond.toFixed(1),
      r.peakMemoryMiB,
      r.execution.maxMemoryMiB,
    ]),
  ) + `\n\nmemory ratio ${(huge.peakMemoryMiB / small.peakMemoryMiB).toFixed(2)} (goal: at most 1.2)\n`,
);
