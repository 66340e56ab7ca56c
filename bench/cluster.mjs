// Ward's clustering of 10,000 x 128 on one core, RESFlow against SciPy and fastcluster in the same run.
// `node bench/cluster.mjs [--pairs N] [--chips N]`. Needs a Python with scipy (and, if it is to be measured, fastcluster): RESFLOW_BENCH_PYTHON.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, run, table } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const option = (name, fallback) =>
  process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback;
const [pairs, chips, dims] = [option('--pairs', 3), option('--chips', 10_000), 128];
const python = process.env.RESFLOW_BENCH_PYTHON ?? 'python3';

const peer = (library) => [
  python,
  join(root, 'bench', 'peers', 'ward.py'),
  library,
  String(chips),
  String(dims),
];
const programs = {
  RESFlow: [process.execPath, join(root, 'bench', 'peers', 'ward.mjs'), String(chips), String(dims)],
  SciPy: peer('scipy'),
  fastcluster: peer('fastcluster'),
};
const results = new Map();
for (let pair = 0; pair < pairs; pair += 1) {
  for (const [name, command] of Object.entries(programs)) {
    try {
      const { stdout } = await run(command, { cpus: '0', env: { OMP_NUM_THREADS: '1' } });
      results.set(name, [...(results.get(name) ?? []), JSON.parse(stdout)]);
    } catch (error) {
      if (pair === 0)
        process.stderr.write(`${name} is left out: ${error.message}
`);
    }
  }
}
const of = (name, key) => median(results.get(name).map((row) => row[key]));
process.stdout.write(
  `Ward of ${chips} x ${dims}, one core, median of ${pairs}; seconds of processor time, start of the program left out\n\n` +
    table(
      ['', 'CPU s', 'wall s', 'of that distances', 'peak MiB', 'top height', 'seconds / RESFlow'],
      [...results.keys()].map((name) => [
        name,
        of(name, 'cpu').toFixed(2),
        of(name, 'wall').toFixed(2),
        of(name, 'distances').toFixed(2),
        of(name, 'peakMiB').toFixed(0),
        of(name, 'top').toFixed(3),
        (of(name, 'cpu') / of('RESFlow', 'cpu')).toFixed(2),
      ]),
    ) +
    '\n',
);
