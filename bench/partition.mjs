// Does the partition pay? `node bench/partition.mjs [--steps 1200] [--more 600] [--folds 5] [--seeds 1] [--stages ...]
// [--network small-unet] [--threads 1] [--graphs]`: every recipe on places that were left out, at equal numbers of steps;
// bench/partition/compare.py says how, bench/partition/graphs.py what --graphs does on CUDA.
// Finished stages are kept in .cache/bench/partition/NETWORK-STEPS+MORE and found again. Tables to stdout and, with --write, to
// docs/specialists-tables.md with a plot, of the folds and seeds that are there. --jobs only writes the jobs: they name their files by
// relative paths, so that the folder can be worked off on another machine (`compare.py JOB` in it); --tables only reads.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { workOff, writeJobs } from './partition/jobs.mjs';
import { drawRecipes } from './partition/plot.mjs';
import { partitionTables, recipeCurves } from './partition/tables.mjs';
import { CACHE, ROOT } from './workspace.mjs';

const STAGES = [
  'mono',
  'mono-long',
  'distilled-shared',
  'distilled@partition',
  'distilled@random',
  'conditional@partition',
  'finetune@partition',
  'distilled-conditional@partition',
  'distilled-mono',
  'conditional@random',
  'archive',
  'half-labels',
  'finetune@random',
  'conditional@place',
  'scratch@partition',
];
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '1200' },
    more: { type: 'string', default: '600' },
    folds: { type: 'string', default: '5' },
    seeds: { type: 'string', default: '1' },
    stages: { type: 'string', default: STAGES.join(',') },
    network: { type: 'string', default: 'small-unet' },
    threads: { type: 'string' },
    graphs: { type: 'boolean', default: false },
    jobs: { type: 'boolean', default: false },
    tables: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
});
const folder = join(CACHE, 'partition', `${values.network}-${values.steps}+${values.more}`);
if (!values.tables) {
  const names = await writeJobs(folder, {
    folds: Number(values.folds),
    seeds: values.seeds.split(',').map(Number),
    steps: Number(values.steps),
    more: Number(values.more),
    stages: values.stages.split(','),
    network: values.network,
    threads: values.threads === undefined ? null : Number(values.threads),
    graphs: values.graphs,
  });
  for (const name of values.jobs ? [] : names) workOff('compare.py', name, folder);
}
if (!values.jobs) {
  const text = partitionTables(folder);
  process.stdout.write(text);
  if (values.write) {
    const title = '# Specialists against Mono';
    const made = 'Made by `node bench/partition.mjs`; what it means: [specialists.md](specialists.md).';
    const plot = '![IoU against arithmetic](images/recipes.png)';
    writeFileSync(join(ROOT, 'docs', 'specialists-tables.md'), `${title}\n\n${made}\n\n${plot}\n\n${text}`);
    await drawRecipes(recipeCurves(folder), join(ROOT, 'docs', 'images', 'recipes.png'));
  }
}
