// What lone chips and soft routing give and cost: `node bench/unjudged.mjs GALLERY --runs 'yield 0; yield 8; soft 4, yield 0'`
// maps the scenes that none was trained on by a gallery of bench/specialists.mjs (`resflow model show` names it) whose
// specialists are all taken, also those that were judged worse than Mono: the hardest patchwork there is. Nothing is
// chosen by those scenes. The tables are in docs/routing.md and docs/specialists.md.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from './measure.mjs';
import { APP, evaluate, HOME, prepareScenes, resflow, scoreOf, three } from './quality-scenes.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: 'yield 0; yield 8' } },
});
const [gallery] = positionals;
if (gallery === undefined) throw new Error('Which gallery? node bench/unjudged.mjs GALLERY');

/** A copy of the gallery in which every bucket has the specialist that was trained for it. */
function unjudged() {
  const folder = join(HOME, 'model-galleries', APP);
  const read = (name) => JSON.parse(readFileSync(join(folder, gallery, name), 'utf8'));
  const record = read('gallery.json');
  const trained = new Map();
  for (const { id, blocks } of read('score.json').models)
    if (id !== record.mono) for (const { bucket } of blocks) trained.set(bucket, id);
  const id = `${gallery}-unjudged`;
  mkdirSync(join(folder, id), { recursive: true });
  const buckets = record.buckets.map((one) => ({ ...one, model: trained.get(one.bucket) ?? one.model }));
  writeFileSync(join(folder, id, 'gallery.json'), JSON.stringify({ ...record, id, buckets }));
  return { id, mono: record.mono };
}

const tests = prepareScenes().filter(({ split }) => split === 'test');
const scenes = tests.map(({ id }) => id).join(',');
const { id, mono } = unjudged();
const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
const runs = [
  { name: 'Mono alone', model: mono, options: [] },
  ...values.runs.split(/\s*;\s*/).map((text) => ({
    name: text,
    model: id,
    options: text.split(/\s*,\s*/).flatMap((option) => `--${option}`.split(/\s+/)),
  })),
];
const rows = runs.map(({ name, model, options }) => {
  const run = resflow('map', 'run', APP, '--model', model, '--scenes', scenes, '--fresh', ...options);
  const scores = evaluate(run.run).scenes.map(scoreOf);
  const chips = run.buckets.reduce((sum, bucket) => sum + bucket.chips, 0) + run.unknownChips;
  const share = run.routingShare === null ? '-' : `${(100 * run.routingShare).toFixed(1)} %`;
  return [
    name,
    mean(scores.map(({ iou }) => iou)).toFixed(4),
    three(mean(scores.map(({ objects }) => objects.f1))),
    run.overlapFactor.toFixed(2),
    run.buckets.length === 0 ? '-' : `${run.yieldedChips} of ${chips}`,
    share,
    run.seamScoreBorders === null ? '-' : run.seamScoreBorders.toFixed(5),
    run.megapixelsPerSecond.toFixed(2),
  ];
});
process.stdout.write(
  `${new Date().toISOString().slice(0, 10)}, ${id}, ${tests.length} scenes.\n\n${table(
    ['', 'mean IoU', 'object F1', 'computed / kept', 'yielded', 'routing', 'seam at borders', 'Mpx/s'],
    rows,
  )}\n`,
);
