// What Spark costs beyond the local engine. `node bench/spark-overhead.mjs [--pairs N] [--regions 2000] [--plan 100000]`
// 1. A no-op run of 2,000 regions on two slots, local and local-cluster[2,1,1024] in turn. Steady state: from the 10th to the
//    90th percentile of the moments at which regions were finished, so that starting a session does not count.
// 2. A plan of 100,000 regions by a worker that does nothing: memory of the driver (Python and JVM) and of the coordinator.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSparkEngine } from '../dist/engine/spark-engine.js';
import { compare, median, table } from './measure.mjs';
import { writePpm } from './scaling/measure.mjs';
import { PYTHON, repeatingVrt, resflowIn, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '3' },
    regions: { type: 'string', default: '2000' },
    plan: { type: 'string', default: '100000' },
  },
});
const SLOTS = 2;
const MASTER = `local-cluster[${SLOTS},1,1024]`;
const SIDE = 512;

const folder = mkdtempSync(join(tmpdir(), 'resflow-bench-'));
try {
  if (Number(values.pairs) > 0) await overhead();
  await memory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function overhead() {
  const columns = 50;
  const rows = Math.ceil(Number(values.regions) / columns);
  const home = join(folder, 'workspace');
  const resflow = resflowIn(home);
  resflow('init', home);
  const piece = join(folder, 'piece.ppm');
  writePpm(piece, 4096);
  const scene = join(folder, 'scene.vrt');
  const size = { sourceWidth: 4096, sourceHeight: 4096, width: SIDE * columns, height: SIDE * rows };
  repeatingVrt(piece, size, scene);
  resflow('scene', 'add', scene, '--id', 'scene', '--place', 'bench');
  resflow('app', 'create', 'app', '--class', 'building', '--gsd', '0.13');
  const run = (engine) => () => {
    const args = [
      '--scenes',
      'scene',
      '--model',
      'noop',
      '--gsd',
      'own',
      '--region',
      String(SIDE),
      '--fresh',
    ];
    const { run: id, tasks } = resflow('map', 'run', 'app', ...args, '--workers', String(SLOTS), ...engine);
    const seconds = steadySeconds(home, id) * SLOTS;
    for (const name of ['parts', 'ledger', 'runs'])
      rmSync(join(home, name), { recursive: true, force: true });
    return Promise.resolve({ seconds, regions: tasks.done });
  };
  const spark = ['--engine', 'spark', '--master', MASTER];
  const { rows: pairs } = await compare(run([]), run(spark), Number(values.pairs));
  const ms = (value) => (1000 * value).toFixed(2);
  const difference = median(pairs.map(({ a, b }) => b.seconds - a.seconds));
  process.stdout.write(
    `\n${pairs[0].a.regions} regions of ${SIDE} px that compute nothing, ${SLOTS} slots, ${values.pairs} pairs in turn; milliseconds a region and slot in steady state.\n\n`,
  );
  const lines = pairs.map(({ a, b }, i) => [i + 1, ms(a.seconds), ms(b.seconds), ms(b.seconds - a.seconds)]);
  process.stdout.write(`${table(['pair', 'local', MASTER, 'difference'], lines)}\n\n`);
  process.stdout.write(`Median difference: ${ms(difference)} ms (goal: below 5).\n`);
}

/** Seconds a region, from when the middle eight tenths of the regions were finished. */
function steadySeconds(home, run) {
  const plan = readFileSync(join(home, 'runs', run, 'plan.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean);
  const times = plan
    .map((line) => JSON.parse(line).id)
    .map((id) => statSync(join(home, 'ledger', id.slice(0, 2), `${id}.json`)).mtimeMs)
    .sort((a, b) => a - b);
  const [from, to] = [0.1, 0.9].map((share) => Math.floor(share * (times.length - 1)));
  return (times[to] - times[from]) / (to - from) / 1000;
}

async function memory() {
  const count = Number(values.plan);
  if (count === 0) return;
  const tasks = Array.from({ length: count }, (_, i) => ({
    version: 1,
    kind: 'map-region',
    id: `${i}`.padStart(64, '0'),
    scene: 'scene',
    bands: [1, 2, 3],
    // At column 0 the tests' worker is well: done at once, and nothing written.
    window: { x: 0, y: SIDE * i, width: SIDE, height: SIDE },
    model: { folder: '-', variant: 'noop', sha256: '' },
    parameters: { corePixels: SIDE, haloPixels: 0, blendPixels: 0, blockPixels: SIDE, gsdMetres: null },
  }));
  const engine = createSparkEngine({
    session: {
      master: `local[${SLOTS},4]`,
      own: true,
      conf: {
        'spark.ui.enabled': 'false',
        'spark.ui.showConsoleProgress': 'false',
        'spark.ui.retainedJobs': '10',
        'spark.ui.retainedStages': '10',
        'spark.ui.retainedTasks': '100',
      },
      worker: {
        command: [process.execPath, join(ROOT, 'tests', 'faults', 'bad-worker.mjs'), folder],
        env: {},
        silenceSeconds: 60,
        memoryMiB: 4096,
        tries: 3,
      },
    },
    driver: {
      command: PYTHON,
      args: [join(ROOT, 'spark', 'resflow_spark.py')],
      env: { ...process.env, SPARK_LOCAL_IP: '127.0.0.1' },
    },
    master: 'local',
    patienceMs: 600_000,
    onSilence: () => undefined,
  });
  const rows = [];
  const marks = new Set([0.01, 0.1, 0.25, 0.5, 0.75, 1].map((share) => Math.round(share * count)));
  let done = 0;
  const start = performance.now();
  for await (const outcome of engine.run(tasks, new AbortController().signal)) {
    if (outcome.status !== 'done') throw new Error(JSON.stringify(outcome.error));
    done += 1;
    if (!marks.has(done)) continue;
    const seconds = (performance.now() - start) / 1000;
    const [python, jvm] = [
      residentOf(/resflow_spark\.py/),
      residentOf(/org\.apache\.spark\.deploy\.SparkSubmit/),
    ];
    rows.push([done, seconds.toFixed(0), python, jvm, Math.round(process.memoryUsage.rss() / 2 ** 20)]);
  }
  process.stdout.write(
    `\nA plan of ${count} regions, a worker that does nothing, local[${SLOTS}]; resident MiB after so many regions.\n\n`,
  );
  process.stdout.write(`${table(['regions', 's', 'driver, Python', 'driver, JVM', 'coordinator'], rows)}\n`);
}

/** Largest resident memory, MiB, of processes whose command matches. */
function residentOf(pattern) {
  const sizes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        if (!pattern.test(command)) return [];
        return [(Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4096) / 2 ** 20];
      } catch {
        return [];
      }
    });
  return Math.round(Math.max(0, ...sizes));
}
