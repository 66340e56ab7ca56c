// What a run costs on this machine, from what its workers report and from when its files were written.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../measure.mjs';
import { repeatingVrt, resflowIn, taskReports } from '../workspace.mjs';
import { SHARE_MEGAPIXELS } from './simulate.mjs';

const REGION = 2048;
/** Sides of scenes in pixels; mixed sizes, some not a multiple of the region. */
const SIDES = [
  [32768, 24576],
  [24576, 24576],
  [20480, 18000],
  [16384, 16384],
  [16384, 12000],
  [12288, 12288],
  [8192, 8192],
  [8192, 6000],
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

/**
 * Costs of one core and of the engine, by runs of one worker without a device. A worker reads, paints and writes several
 * regions at a time, so costs are processor time; what of it is reading and what encoding follows from the times of both.
 */
export function measureCosts({ home, resflow, folder }) {
  const cores = availableParallelism();
  const map = (scene, region, workers = 1) =>
    watched({ home, folder }, () =>
      resflow(...ARGS, '--scenes', scene, '--region', String(region), '--workers', String(workers)),
    );
  const [small, large] = ['512', '4096'].map((region) => map('scene-3', region));
  const megapixels = ({ plan }) => median(plan.map(({ window }) => (window.width * window.height) / 1e6));
  const [x, y] = [megapixels(small), megapixels(large)];
  const slope = (large.workerCore - small.workerCore) / (y - x);
  const reports = taskReports(home, large.run.run);
  const encodeShare = median(reports.map(({ seconds }) => seconds.encode / seconds.total));
  const local = map('scene-0', REGION);
  return {
    ...measureEngine({ home, resflow, folder }, local),
    /** By how much longer a core takes while all others work, too. */
    contention: Math.max(1, map('scene-0', REGION, cores).workerCore / local.workerCore),
    readMegapixel: slope * (1 - encodeShare),
    encodeMegapixel: slope * encodeShare,
    regionCore: Math.max(0, small.workerCore - slope * x),
    ...assemblyCosts(() => publishSeconds(home, map('scene-0', REGION).run.run)),
    cores,
  };
}

/** What Spark adds to a region of one slot without a device: the slot waits, and cores work elsewhere. */
function measureEngine({ home, resflow, folder }, local) {
  const master = ['--engine', 'spark', '--master', 'local-cluster[1,1,1024]'];
  const spark = watched({ home, folder }, () =>
    resflow(...ARGS, '--scenes', 'scene-0', '--region', String(REGION), ...master),
  );
  const apart = ({ times, first, last }) => (times[last] - times[first]) / 1000 / (last - first);
  // By one slot one after the other: the shares and the seams.
  const tasks = Math.ceil((SIDES[0][0] * SIDES[0][1]) / 1e6 / SHARE_MEGAPIXELS) + 1;
  const [onSpark, here] = [spark, local].map(({ run }) => publishSeconds(home, run.run));
  return {
    engineRegion: Math.max(0, apart(spark) - apart(local)),
    engineAssembly: Math.max(0, (onSpark - here) / tasks),
    engineCore: spark.engineCore,
  };
}

/**
 * Maps while processor time is watched: the run, its plan, when its regions were finished, which of these moments are the
 * 10th and the 90th of a hundred, and between them the seconds of a core that engine and workers took for a region.
 */
function watched({ home, folder }, map) {
  const { value: run, between } = sampled(folder, map);
  const plan = planOf(home, run.run);
  const times = plan.map(({ id }) => markerTime(home, id)).sort((a, b) => a - b);
  const [first, last] = [0.1, 0.9].map((share) => Math.floor(share * times.length));
  const { engine, workers } = between(times[first], times[last]);
  const regions = last - first;
  return { run, plan, times, first, last, engineCore: engine / regions, workerCore: workers / regions };
}

/** Runs something while the processor time of what it starts is watched. */
function sampled(folder, run) {
  const file = join(folder, `processor-${Math.random()}.jsonl`);
  const sampler = fileURLToPath(new URL('sample-processor.mjs', import.meta.url));
  const child = spawn(process.execPath, [sampler, String(process.pid), file], { stdio: 'inherit' });
  try {
    const value = run();
    const lines = existsSync(file)
      ? readFileSync(file, 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line))
      : [];
    const at = (time) => lines.findLast((line) => line.at <= time) ?? lines[0];
    return {
      value,
      between: (from, to) => ({
        engine: at(to).engine - at(from).engine,
        workers: at(to).workers - at(from).workers,
      }),
    };
  } finally {
    child.kill();
  }
}

/**
 * Of an assembly's seconds, those of a megapixel, of each share and part, and of the seams beside several shares: a scene
 * put together at once, in some shares and in many, by one worker.
 */
function assemblyCosts(seconds) {
  const [width, height] = SIDES[0];
  const megapixels = (width * height) / 1e6;
  const parts = (width / REGION) * (height / REGION);
  const [few, many] = [4, 20];
  const by = (shares) =>
    inShares(shares === 1 ? 1e9 : megapixels / shares + 1e-6, () =>
      median([seconds(), seconds(), seconds()]),
    );
  const [whole, inFew, inMany] = [by(1), by(few), by(many)];
  const share = Math.max(0, (inMany - inFew) / (many - few));
  return {
    publishPart: share / parts,
    publishMegapixel: Math.max(0, (whole - share) / megapixels),
    seamPart: Math.max(0, inFew - whole - (few - 1) * share) / parts,
  };
}

/** Does something while maps are put together in shares of so many megapixels. */
function inShares(megapixels, work) {
  process.env.RESFLOW_SHARE_MEGAPIXELS = String(megapixels);
  const value = work();
  delete process.env.RESFLOW_SHARE_MEGAPIXELS;
  return value;
}

/** Seconds of a run's one scene from its last region to its item. */
function publishSeconds(home, run) {
  const plan = planOf(home, run);
  const last = Math.max(...plan.map(({ id }) => markerTime(home, id)));
  return (
    Math.max(0, statSync(join(home, 'runs', run, 'maps', plan[0].scene, 'item.json')).mtimeMs - last) / 1000
  );
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
  const { run, plan, times, first, last, engineCore, workerCore } = watched({ home, folder }, () =>
    inShares(SHARE_MEGAPIXELS, () => resflow(...ARGS, '--all', '--region', String(REGION), ...spark)),
  );
  delete process.env.RESFLOW_DEVICES;
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
    shareMegapixels: SHARE_MEGAPIXELS,
    /** Pixels that the device is asked for, halo included, for each that is kept. */
    overlap: run.overlapFactor,
    /** Until the first region was finished: the session, and the slots' first workers. */
    startSeconds: (times[0] - started) / 1000,
    seconds: (end - times[0]) / 1000,
    /** From the 10th to the 90th percentile of the moments at which regions were finished. */
    steadySeconds: (times[last] - times[first]) / 1000,
    /** Seconds of a core for each region of that time. */
    engineCore,
    workerCore,
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
