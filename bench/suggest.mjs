// Do suggested chips teach more than chips at random? `node bench/suggest.mjs [--folds 5] [--network small-unet-quarter] [--steps 600]
// [--budgets 15,45,135] [--threads 1] [--write]`: nothing is labelled at first; the ranking of `gallery suggest` or chance says
// whose labels come next; a network learns from those there are, and says how unsure it is of the others. Scored on the places
// left out. Finished trainings are kept in .cache/bench/suggest. Table to stdout and, with --write, to docs/suggest-table.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { randomInt, seededRandom } from '../dist/core/random.js';
import { bucketNeeds, suggestChips } from '../dist/gallery/suggest-chips.js';
import { hammingDistance } from '../dist/hashing/hamming.js';
import { table } from './measure.mjs';
import { foldsOf, prepareGround, workOff } from './partition/jobs.mjs';
import { grouped, iou, mean } from './partition/results.mjs';
import { CACHE, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    folds: { type: 'string', default: '5' },
    network: { type: 'string', default: 'small-unet-quarter' },
    steps: { type: 'string', default: '600' },
    budgets: { type: 'string', default: '15,45,135' },
    threads: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const budgets = values.budgets.split(',').map(Number);
const HOME = join(CACHE, 'suggest');
const ORDERS = { suggested: suggestNext, 'at random': randomNext };

const ground = await prepareGround(HOME);

/** The chips of the scenes that are not left out: {scene, cell, bucket, code}. */
function chipsOf(split) {
  const inside = new Set(split.train);
  return ground.file.scenes
    .filter(({ id }) => inside.has(id))
    .flatMap(({ id, buckets }) =>
      buckets.flatMap((bucket, cell) =>
        bucket < 0 ? [] : [{ scene: id, cell, bucket, code: ground.codes.get(id)[cell] }],
      ),
    );
}

/** `count` more chips by the product's ranking. */
function suggestNext({ chips, labelled, count, unsure }) {
  const candidates = chips.map((chip, i) => ({
    ...chip,
    labelled: labelled.has(i),
    uncertainty: unsure?.[chip.scene]?.[chip.cell] ?? null,
  }));
  const needs = bucketNeeds(candidates, ground.file.codes.length);
  const codeBits = 8 * chips[0].code.length;
  return suggestChips(candidates, needs, { budget: count, codeBits, bitsBetween: hammingDistance }).map(
    ({ chip }) => chip,
  );
}

/** `count` more chips, all of those left alike. */
function randomNext({ chips, labelled, count, random }) {
  const left = chips.flatMap((_, i) => (labelled.has(i) ? [] : [i]));
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(randomInt(random, left.length), 1)[0],
  );
}

function learn(name, job) {
  const result = `${name}.result.json`;
  if (!existsSync(join(HOME, result))) {
    writeFileSync(join(HOME, `${name}.json`), `${JSON.stringify({ ...job, result })}\n`);
    workOff('few_labels.py', `${name}.json`, HOME);
    process.stderr.write(`${name}\n`);
  }
  return JSON.parse(readFileSync(join(HOME, result), 'utf8'));
}

const places = new Map(ground.record.scenes.map(({ id, place }) => [id, place]));

/** IoU of each place left out. */
function scores({ counts }) {
  const cells = Object.entries(counts).flatMap(([scene, all]) =>
    all.map((tally) => ({ place: places.get(scene), counts: tally })),
  );
  return new Map([...grouped(cells, 'place')].map(([place, some]) => [place, iou(some)]));
}

const found = new Map();
for (const [index, { split }] of foldsOf(ground.record, Number(values.folds)).entries())
  for (const [order, next] of Object.entries(ORDERS)) {
    const [fold, chips, labelled] = [index + 1, chipsOf(split), new Set()];
    const random = seededRandom(fold);
    let unsure = null;
    for (const budget of budgets) {
      const count = budget - labelled.size;
      for (const chip of next({ chips, labelled, count, unsure, random })) labelled.add(chip);
      const cells = {};
      for (const i of labelled) (cells[chips[i].scene] ??= []).push(chips[i].cell);
      const result = learn(`fold${fold}-${order.replaceAll(' ', '-')}-${budget}`, {
        trainingSet: 'set',
        output: 'none',
        seed: fold,
        split,
        buckets: { partition: 'partition.json' },
        network: values.network,
        steps: Number(values.steps),
        threads: values.threads === undefined ? null : Number(values.threads),
        cells,
      });
      unsure = result.unsure;
      const entry = { scenes: Object.keys(cells).length, scores: scores(result) };
      found.set(`${order} ${budget}`, [...(found.get(`${order} ${budget}`) ?? []), entry]);
    }
  }

const rows = budgets.map((budget) => {
  const [ours, theirs] = Object.keys(ORDERS).map((order) => found.get(`${order} ${budget}`));
  const all = (entries) => entries.flatMap((entry) => [...entry.scores.values()]);
  const differences = all(ours).map((value, i) => value - all(theirs)[i]);
  return [
    budget,
    mean(ours.map(({ scenes }) => scenes)).toFixed(1),
    mean(theirs.map(({ scenes }) => scenes)).toFixed(1),
    mean(all(ours)).toFixed(3),
    mean(all(theirs)).toFixed(3),
    `${differences.filter((value) => value > 0).length} of ${differences.length}`,
  ];
});
const headings = [
  'chips labelled',
  'of scenes, suggested',
  'at random',
  'IoU, suggested',
  'at random',
  'places where suggested chips taught more',
];
const text = `${values.folds} folds of places; \`${values.network}\`, ${values.steps} steps each time.\n\n${table(headings, rows)}\n`;
process.stdout.write(text);
if (values.write)
  writeFileSync(
    join(ROOT, 'docs', 'suggest-table.md'),
    `# Suggested chips against chips at random\n\nMade by \`node bench/suggest.mjs\`; see [gallery.md](gallery.md#what-to-label-next).\n\n${text}`,
  );
