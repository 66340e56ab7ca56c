// What a run costs on this machine, from what its workers report and from when its files were written.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeviceTimeline } from '../../dist/gpu/device-timeline.js';
import { median } from '../measure.mjs';
import { repeatingVrt, resflowIn, taskReports } from '../workspace.mjs';
import { SHARE_MEGAPIXELS, STEADY } from './simulate.mjs';

const REGION = 2048;
/** Outcomes that come back within so many milliseconds of each other came with one Spark task. */
const TOGETHER_MS = 100;
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
/** Fast runs map all of them so many times: else they were over before the JVMs had compiled what they run. */
const TIMES = 4;
/** Scenes of which costs are measured: while their regions are mapped, nothing is put together. */
const LONG = [49152, 49152];
const VAST = [98304, 49152];
/** What differs by little is measured so many times. */
const PAIRS = 3;
/** A batch of a fast device. */
const BATCH_MS = 9;
/** The rate of a slow device, in megapixels a second: a tenth of the paper's U-Net. */
export const SLOW = 30.5;

/** A workspace of scenes that repeat one uncompressed picture. */
export function prepare(folder) {
  const home = join(folder, 'workspace');
  const resflow = resflowIn(home);
  resflow('init', home);
  const piece = join(folder, 'piece.ppm');
  writePpm(piece, 4096);
  const add = (id, [width, height]) => {
    const scene = join(folder, `${id}.vrt`);
    repeatingVrt(piece, { sourceWidth: 4096, sourceHeight: 4096, width, height }, scene);
    resflow('scene', 'add', scene, '--id', id, '--place', 'bench');
  };
  for (let i = 0; i < TIMES * SIDES.length; i += 1) add(`scene-${i}`, SIDES[i % SIDES.length]);
  add('long', LONG);
  add('vast', VAST);
  resflow('app', 'create', 'app', '--class', 'building', '--gsd', '0.13');
  return { home, resflow, folder };
}

/** Megapixels of each scene, in the order in which they are mapped. */
const megapixelsOfScenes = (times) =>
  Array.from({ length: times }, () => SIDES.map(([w, h]) => (w * h) / 1e6))
    .flat()
    .sort((a, b) => b - a);
const scenesOf = (times) => Array.from({ length: times * SIDES.length }, (_, i) => `scene-${i}`).join(',');

const ARGS = ['map', 'run', 'app', '--model', 'noop', '--gsd', 'own', '--fresh'];

/** One long scene mapped here, without a device. */
const mapHere = ({ home, resflow, folder }, region, workers) =>
  watched({ home, folder }, () =>
    resflow(...ARGS, '--scenes', 'vast', '--region', String(region), '--workers', String(workers)),
  );

/**
 * What regions cost one core, by runs of one worker. It reads, paints and writes several regions at a time, so costs are
 * processor time; what of it is reading and what encoding follows from the times of both.
 */
export function measureRegions(bench) {
  const [one, large] = [mapHere(bench, REGION, 1), mapHere(bench, 4096, 1)];
  const megapixels = ({ plan }) => median(plan.map(({ window }) => (window.width * window.height) / 1e6));
  const [x, y] = [megapixels(one), megapixels(large)];
  const slope = (large.workerCore - one.workerCore) / (y - x);
  const reports = taskReports(bench.home, large.run.run);
  const encodeShare = median(reports.map(({ seconds }) => seconds.encode / seconds.total));
  const regions = {
    readMegapixel: slope * (1 - encodeShare),
    encodeMegapixel: slope * encodeShare,
    regionCore: Math.max(0, one.workerCore - slope * x),
  };
  process.stderr.write(`regions: ${JSON.stringify(regions)}\n`);
  return regions;
}

/** Costs of the engine, and what regions cost more while all cores work; `regions`: what they cost one core. */
export function measureCosts(bench, { readMegapixel, encodeMegapixel, regionCore }) {
  const cores = availableParallelism();
  const megapixels = REGION ** 2 / 1e6;
  const engine = measureEngine(bench);
  const one = megapixels * (readMegapixel + encodeMegapixel) + regionCore;
  // While nothing is computed at the end of a task: the first half of a region is read, another is written.
  const idle = megapixels * (readMegapixel / 2 + encodeMegapixel) + regionCore;
  return {
    ...engine,
    engineTask: Math.max(0, engine.engineTask - idle),
    /** By how much longer a core takes while all others work, too. */
    contention: Math.max(1, mapHere(bench, REGION, cores).workerCore / one),
    cores,
  };
}

/**
 * What Spark adds in one slot, beside which nothing else works: the slot waits for each Spark task, where a device is slow enough
 * to hide all else; and cores work for each task and each region, which two runs tell apart: with many short regions in a
 * task, and with few long ones.
 */
function measureEngine({ home, resflow, folder }) {
  const spark = ['--engine', 'spark', '--master', 'local-cluster[1,1,1024]'];
  const map = (scenes, ...engine) =>
    watched({ home, folder }, () =>
      resflow(...ARGS, '--scenes', scenes, '--region', String(REGION), ...engine),
    );
  const short = map('vast', ...spark);
  const [here, long] = withDevices({ folder, devices: 1, rate: SLOW }, () => [
    map('long', '--workers', '1'),
    map('long', ...spark),
  ]);
  const apart = ({ times, first, last }) => (times[last] - times[first]) / 1000 / (last - first);
  const shares = [short, long].map((run) => tasksOf(home, run) / (run.last - run.first));
  const [engineJobCore, engineDriverCore] = twoCosts(shares, [short.driverCore, long.driverCore]);
  const [engineTaskCore, engineRegionCore] = twoCosts(shares, [short.executorCore, long.executorCore]);
  return {
    engineTask: (apart(long) - apart(here)) / shares[1],
    engineJobCore,
    engineDriverCore,
    engineTaskCore,
    engineRegionCore,
    engineAssembly: measureAssembly({ home, resflow }),
  };
}

/** Of a core, what a batch of a simulated device costs who asked for it: to take a stretch of its time, and to wake up after it. */
export async function measureDevice({ folder }) {
  const timeline = new DeviceTimeline(mkdtempSync(join(folder, 'device-')), { log: false });
  const batches = 300;
  const before = process.cpuUsage();
  for (let i = 0; i < batches; i += 1) await timeline.spend(BATCH_MS);
  const { user, system } = process.cpuUsage(before);
  return { deviceBatchCore: (user + system) / 1e6 / batches };
}

/** How long one slot of Spark waits for each task of an assembly, beyond a local worker: seconds, of pairs in turn. */
function measureAssembly({ home, resflow }) {
  const seconds = (...engine) =>
    publishSeconds(home, resflow(...ARGS, '--scenes', 'long', '--region', String(REGION), ...engine).run);
  const differences = Array.from({ length: PAIRS }, () => {
    const local = seconds('--workers', '1');
    const onSpark = seconds('--engine', 'spark', '--master', 'local-cluster[1,1,1024]');
    process.stderr.write(`assembly: ${local} s here, ${onSpark} s on Spark\n`);
    return onSpark - local;
  });
  // By one slot, one after the other.
  const tasks = Math.ceil((LONG[0] * LONG[1]) / 1e6 / SHARE_MEGAPIXELS);
  return Math.max(0, median(differences) / tasks);
}

/** Of a task and of a region, from seconds for each region in two runs, whose regions had these shares of a task. None is below 0. */
function twoCosts([oneShare, otherShare], [one, other]) {
  const task = Math.max(0, (other - one) / (otherShare - oneShare));
  return [task, Math.max(0, (one + other - task * (oneShare + otherShare)) / 2)];
}

/** Spark tasks of a run by one slot whose regions were finished while it was steady: the rows of each come back at once. */
function tasksOf(home, { run, times, first, last }) {
  const arrivals = readLines(join(home, 'runs', run.run, 'events.jsonl'))
    .filter(({ state }) => state === 'done')
    .map(({ at }) => Date.parse(at))
    .filter((at) => at >= times[first] && at <= times[last]);
  return arrivals.filter((at, i) => i === 0 || at - arrivals[i - 1] > TOGETHER_MS).length;
}

/**
 * Maps while processor time is watched: the run, its plan, when its regions were finished, between which of these moments it
 * was steady, and in that time the seconds of a core that driver, executors and workers took for a region.
 */
function watched({ home, folder }, map) {
  const { value: run, between } = sampled(folder, map);
  const plan = planOf(home, run.run);
  const times = plan.map(({ id }) => markerTime(home, id)).sort((a, b) => a - b);
  const [first, last] = STEADY.map((share) => Math.floor(share * times.length));
  const { driver, executors, workers } = between(times[first], times[last]);
  const each = (seconds) => seconds / (last - first);
  const cores = { driverCore: each(driver), executorCore: each(executors), workerCore: each(workers) };
  return { run, plan, times, first, last, ...cores };
}

/** Runs something while the processor time of what it starts is watched. */
function sampled(folder, run) {
  const file = join(folder, `processor-${Math.random()}.jsonl`);
  const sampler = fileURLToPath(new URL('sample-processor.mjs', import.meta.url));
  const child = spawn(process.execPath, [sampler, String(process.pid), file], { stdio: 'inherit' });
  try {
    const value = run();
    const lines = existsSync(file) ? readLines(file) : [];
    const at = (time) => lines.findLast((line) => line.at <= time) ?? lines[0];
    return {
      value,
      between: (from, to) => ({
        driver: at(to).driver - at(from).driver,
        executors: at(to).executors - at(from).executors,
        workers: at(to).workers - at(from).workers,
      }),
    };
  } finally {
    child.kill();
  }
}

/** Does something while maps are put together in shares of so many megapixels. */
function inShares(megapixels, work) {
  process.env.RESFLOW_SHARE_MEGAPIXELS = String(megapixels);
  const value = work();
  delete process.env.RESFLOW_SHARE_MEGAPIXELS;
  return value;
}

/** Seconds of a run's last scene from its last region to its item. */
function publishSeconds(home, run) {
  const regions = planOf(home, run).map(({ id, scene }) => ({ scene, at: markerTime(home, id) }));
  const { scene, at } = regions.reduce((a, b) => (b.at > a.at ? b : a));
  return Math.max(0, statSync(join(home, 'runs', run, 'maps', scene, 'item.json')).mtimeMs - at) / 1000;
}

const planOf = (home, run) => readLines(join(home, 'runs', run, 'plan.jsonl'));
const readLines = (path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const markerTime = (home, id) => statSync(join(home, 'ledger', id.slice(0, 2), `${id}.json`)).mtimeMs;

/** One run on Spark with simulated devices: seconds from its first finished region to its last published scene. */
export function measurePoint({ home, resflow, folder }, { devices, slots, rate }) {
  const workers = devices * slots;
  const repeats = rate > SLOW ? TIMES : 1;
  const spark = ['--engine', 'spark', '--master', `local-cluster[${workers},1,1024]`];
  const started = Date.now();
  const { run, plan, times, first, last, ...cores } = withDevices({ folder, devices, rate }, () =>
    watched({ home, folder }, () =>
      inShares(SHARE_MEGAPIXELS, () =>
        resflow(...ARGS, '--scenes', scenesOf(repeats), '--region', String(REGION), ...spark),
      ),
    ),
  );
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
    scenes: megapixelsOfScenes(repeats),
    regionMegapixels: REGION ** 2 / 1e6,
    shareMegapixels: SHARE_MEGAPIXELS,
    /** Pixels that the device is asked for, halo included, for each that is kept. */
    overlap: run.overlapFactor,
    /** Until the first region was finished: the session, and the slots' first workers. */
    startSeconds: (times[0] - started) / 1000,
    seconds: (end - times[0]) / 1000,
    /** Between the moments of STEADY. */
    steadySeconds: (times[last] - times[first]) / 1000,
    /** Seconds of a core for each region of that time. */
    ...cores,
  };
  process.stderr.write(`${JSON.stringify({ ...point, scenes: undefined })}\n`);
  return point;
}

/** Does something while so many simulated devices of a rate are there. */
function withDevices({ folder, devices, rate }, work) {
  process.env.RESFLOW_DEVICES = JSON.stringify({
    version: 1,
    devices: Array.from({ length: devices }, (_, i) => ({
      name: `sim${i}`,
      memoryMiB: 16384,
      megapixelsPerSecond: rate,
    })),
  });
  process.env.RESFLOW_TICKETS = join(folder, `tickets-${Math.random()}`);
  try {
    return work();
  } finally {
    delete process.env.RESFLOW_DEVICES;
  }
}

/** An uncompressed picture of blobs, which compresses as maps of towns do. */
export function writePpm(path, side) {
  const pixels = Buffer.alloc(3 * side * side);
  for (let i = 0; i < side * side; i += 1)
    pixels.fill(60 + 3 * (((i % side) >> 6) ^ ((i / side) >> 6)), 3 * i, 3 * i + 3);
  writeFileSync(path, Buffer.concat([Buffer.from(`P6\n${side} ${side}\n255\n`), pixels]));
}
