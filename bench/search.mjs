// Exact nearest codes on one core, RESFlow against faiss's IndexBinaryFlat in the same run.
// `node bench/search.mjs [--codes N] [--bits N] [--queries N]`. Needs a Python with faiss-cpu: RESFLOW_BENCH_PYTHON.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, table } from './measure.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const option = (name, fallback) =>
  process.argv.includes(name) ? Number(process.argv[process.argv.indexOf(name) + 1]) : fallback;
const [codes, bits, queries, most] = [
  option('--codes', 10_000_000),
  option('--bits', 64),
  option('--queries', 15),
  100,
];
const python = process.env.RESFLOW_BENCH_PYTHON ?? 'python3';
const sizes = [codes, bits, queries, most].map(String);
const measured = async (command) => {
  const { stdout } = await run([...command, ...sizes], { cpus: '0', env: { OMP_NUM_THREADS: '1' } });
  return JSON.parse(stdout);
};
const ours = await measured([process.execPath, join(root, 'bench', 'peers', 'search.mjs')]);
const theirs = await measured([python, join(root, 'bench', 'peers', 'search.py')]);
const equal = JSON.stringify(ours.distances) === JSON.stringify(theirs.distances);
process.stdout.write(
  `Nearest ${most} of ${codes} codes of ${bits} bits, one core, ${queries} queries one by one; milliseconds of processor time\n\n` +
    table(
      ['', 'first', 'median', 'worst', 'memory beside the program, MiB', 'codes, MiB'],
      [
        ['RESFlow', ours],
        ['faiss', theirs],
      ].map(([name, row]) => [
        name,
        row.first.toFixed(1),
        row.median.toFixed(1),
        row.worst.toFixed(1),
        row.memoryMiB.toFixed(0),
        ((codes * bits) / 8 / 2 ** 20).toFixed(0),
      ]),
    ) +
    `\n\nThe distances found are ${equal ? 'the same' : 'NOT the same'}.\n`,
);
process.exitCode = equal ? 0 : 1;
