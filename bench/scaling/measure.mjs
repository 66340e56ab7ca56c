// What a run costs on this machine, from what its workers report and from when its files were written.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { median } from '../measure.mjs';
import { repeatingVrt, resflowIn, taskReports } from '../workspace.mjs';

const REGION = 2048;
/** Sides of scenes in pixels; mixed sizes, some not a multiple of the region. */
const SIDES = [
  [16384, 12288],
  [12288, 12288],
  [10240, 9000],
  [8192, 8192],
  [8192, 6000],
  [6144, 6144],
  [4096, 4096],
  [4096, 3000],
];

/** A workspace of scenes that repeat one uncompressed picture. */
export function prepare(folder) {
  const home = join(folder, 'workspace');
  const resflow = resflowIn(home);
  resflow('init', home);
  const piece = join(folder, 'piece.ppm');
  writePpm(piece, 4096);
  SIDES.forEach(([width, height], i) => {
    const scene = join(folder, `scene-${i}.vrt`);
    repeatingVrt(piece, { sourceWidth: 4096, sourceHeight: 4096, width, height }, scene);
    resflow('scene', 'add', scene, '--id', `scene-${i}`, '--place', 'bench');
  });
  resflow('app', 'create', 'app', '--class', 'building', '--gsd', '0.13');
  return { home, resflow, folder };
}

/** Megapixels of each scene, in the order in which they are mapped. */
const megapixelsOfScenes = () => SIDES.map(([w, h]) => (w * h) / 1e6).sort((a, b) => b - a);

const ARGS = ['map', 'run', 'app', '--model', 'noop', '--gsd', 'own', '--fresh'];

/** Costs of one core and of the coordinator, by runs of one worker without a device. */
export function measureCosts({ home, resflow }) {
  const one = (scene, region) => {
    const run = resflow(...ARGS, '--scenes', scene, '--region', String(region), '--workers', '1');
    return { run, reports: taskReports(home, run.run) };
  };
  const large = one('scene-3', 4096).reports;
  const small = one('scene-3', 512).reports;
  const per = (reports, value) => median(reports.map(value));
  // Time = fixed + megapixels * slope, from regions of two sizes.
  const line = (value) => {
    const [a, b] = [per(small, value), per(large, value)];
    const [x, y] = [per(small, (r) => r.pixels / 1e6), per(large, (r) => r.pixels / 1e6)];
    const slope = (b - a) / (y - x);
    return { slope, fixed: Math.max(0, a - slope * x) };
  };
  const encode = line((r) => r.seconds.encode);
  const rest = line((r) => r.seconds.total - r.seconds.encode);
  const { run } = one('scene-0', REGION);
  const publish = publishing(home, run.run);
  return {
    readMegapixel: rest.slope,
    encodeMegapixel: encode.slope,
    regionCore: rest.fixed + encode.fixed,
    ...publish,
    cores: availableParallelism(),
  };
}

/** Seconds of the last scene from its last region to its item, a megapixel. */
function publishing(home, run) {
  const plan = planOf(home, run);
  const last = Math.max(...plan.map(({ id }) => markerTime(home, id)));
  const item = statSync(join(home, 'runs', run, 'maps', plan[0].scene, 'item.json')).mtimeMs;
  const megapixels = plan.reduce((sum, { window }) => sum + (window.width * window.height) / 1e6, 0);
  return { publishScene: 0, publishMegapixel: Math.max(0, item - last) / 1000 / megapixels };
}

const planOf = (home, run) =>
  readFileSync(join(home, 'runs', run, 'plan.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const markerTime = (home, id) => statSync(join(home, 'ledger', id.slice(0, 2), `${id}.json`)).mtimeMs;

/** One run on Spark with simulated devices: seconds from its first finished region to its last published scene. */
export function measurePoint({ home, resflow, folder }, { devices, slots, rate }) {
  const names = Array.from({ length: devices }, (_, i) => `sim${i}`);
  process.env.RESFLOW_DEVICES = JSON.stringify({
    version: 1,
    devices: names.map((name) => ({ name, memoryMiB: 16384, megapixelsPerSecond: rate })),
  });
  process.env.RESFLOW_TICKETS = join(folder, `tickets-${Math.random()}`);
  const workers = devices * slots;
  const spark = ['--engine', 'spark', '--master', `local-cluster[${workers},1,1024]`];
  const started = Date.now();
  const run = resflow(...ARGS, '--all', '--region', String(REGION), ...spark);
  delete process.env.RESFLOW_DEVICES;
  const plan = planOf(home, run.run);
  const times = plan.map(({ id }) => markerTime(home, id)).sort((a, b) => a - b);
  const items = run.scenes.map(
    ({ scene }) => statSync(join(home, 'runs', run.run, 'maps', scene, 'item.json')).mtimeMs,
  );
  const end = Math.max(...items);
  const point = {
    devices,
    slots,
    rate,
    regions: plan.length,
    megapixels: plan.reduce((sum, { window }) => sum + (window.width * window.height) / 1e6, 0),
    scenes: megapixelsOfScenes(),
    regionMegapixels: REGION ** 2 / 1e6,
    /** Pixels that the device is asked for, halo included, for each that is kept. */
    overlap: run.overlapFactor,
    /** Until the first region was finished: the session, and the slots' first workers. */
    startSeconds: (times[0] - started) / 1000,
    seconds: (end - times[0]) / 1000,
    /** From the 10th to the 90th percentile of the moments at which regions were finished. */
    steadySeconds: (times[Math.floor(0.9 * times.length)] - times[Math.floor(0.1 * times.length)]) / 1000,
  };
  process.stderr.write(`${JSON.stringify({ ...point, scenes: undefined })}\n`);
  return point;
}

/** An uncompressed picture of blobs, which compresses as maps of towns do. */
export function writePpm(path, side) {
  const pixels = Buffer.alloc(3 * side * side);
  for (let i = 0; i < side * side; i += 1)
    pixels.fill(60 + 3 * (((i % side) >> 6) ^ ((i / side) >> 6)), 3 * i, 3 * i + 3);
  writeFileSync(path, Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]));
}
