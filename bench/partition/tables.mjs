// Tables of `bench/partition.mjs`, from the counts in every cell of the places left out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootstrapIntervals } from '../../dist/evaluation/bootstrap.js';
import { table } from '../measure.mjs';

const BASE = 'mono-long';
const RULE = { replicates: 2000, seed: 1, level: 0.95 };

/** What was said of a recipe in `docs/specialists.md`, by the name of its stage or model. */
const TITLES = {
  mono: 'Mono, the shorter training',
  'mono-long': 'Mono',
  'mono+archive': 'Mono, going on with its own soft labels on the places left out',
  'half-labels': 'one student, from labels alone',
  'distilled-mono': '`distilled-mono`',
  'distilled-mono+archive': '`distilled-mono`, with the pixels of the places left out',
  'distilled-shared': '`distilled`: what its buckets start from',
  'distilled@partition': '`distilled`',
  'distilled@partition mixed': '`distilled`, half mixed with what it started from',
  'distilled@random': '... of random buckets',
  'distilled@random mixed': '... of random buckets, half mixed',
  'conditional@partition': '`conditional`',
  'conditional@random': '... of random buckets',
  'conditional@place': '... of places in the place of buckets',
  'distilled-conditional@partition': '`distilled-conditional`',
  'finetune@partition': '`finetune`',
  'finetune@partition mixed': '`finetune`, half mixed with Mono',
  'finetune@random': '... of random buckets',
  'finetune@random mixed': '... of random buckets, half mixed',
  'scratch@partition': '`scratch`',
};

/** All stages of each fold and seed: {fold, seed, places, buckets, models}. */
function readResults(folder) {
  const names = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  return names
    .filter((entry) => entry.isDirectory() && /^fold\d+-s\d+$/.test(entry.name))
    .map(({ name }) => name)
    .sort()
    .flatMap((name) => {
      const files = readdirSync(join(folder, name)).filter((file) => file.endsWith('.json'));
      const stages = files.map((file) => JSON.parse(readFileSync(join(folder, name, file), 'utf8')));
      if (stages.length === 0) return [];
      const models = new Map(stages.flatMap((stage) => Object.entries(stage.models)));
      const [, fold, seed] = /^fold(\d+)-s(\d+)$/.exec(name).map(Number);
      return [{ ...stages[0], fold, seed, models }];
    });
}

/** The recipes that a fold holds: single models, and sets of models by bucket. */
function recipesOf({ models }) {
  const names = [...models.keys()].map((name) => name.split('/')[0]);
  return Object.keys(TITLES).filter((title) => names.includes(title));
}

const FALLBACK = { finetune: 'mono', scratch: 'mono', distilled: 'distilled-shared' };

/** The model that a recipe maps a cell of this bucket by. */
function modelFor(result, recipe, bucket) {
  if (result.models.has(recipe)) return result.models.get(recipe);
  const own = result.models.get(`${recipe}/${bucket}`) ?? result.models.get(`${recipe}/shared`);
  return own ?? result.models.get(FALLBACK[recipe.split(/[@ ]/)[0]]);
}

const fileOf = (recipe) => /@(\w+)/.exec(recipe)?.[1] ?? 'partition';

/** Cells with labels of the places left out: {place, bucket, counts, gmac}. */
function cellsOf(result, recipe, choose = (bucket) => modelFor(result, recipe, bucket)) {
  return Object.entries(result.places).flatMap(([scene, place]) =>
    result.buckets[fileOf(recipe)][scene].flatMap((bucket, cell) => {
      const model = choose(bucket);
      const counts = model.counts[scene][cell];
      return [{ place, bucket, counts, gmac: model.gmac }];
    }),
  );
}

const add = (cells) => cells.reduce((sum, { counts }) => sum.map((value, i) => value + counts[i]), [0, 0, 0]);
const iouOf = ([hits, wrong, missed]) => hits / Math.max(1, hits + wrong + missed);
const iou = (cells) => iouOf(add(cells));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const grouped = (cells, key) => {
  const groups = new Map();
  for (const cell of cells) groups.set(cell[key], [...(groups.get(cell[key]) ?? []), cell]);
  return groups;
};

/** Difference of a recipe to Mono on one place: cells are drawn with replacement, for both the same. */
function differenceOn(ours, theirs) {
  const difference = (sums) => iouOf(sums.slice(0, 3)) - iouOf(sums.slice(3));
  const tallies = ours.map(({ counts }, i) => Float64Array.from([...counts, ...theirs[i].counts]));
  const [interval] = bootstrapIntervals([tallies], ([sums]) => [difference(sums)], RULE);
  return { difference: iou(ours) - iou(theirs), better: interval?.low > 0, worse: interval?.high < 0 };
}

/** By place, over the seeds that are there: the recipe's cells and Mono's, side by side. */
function byPlace(results, recipe, cellsFor = (result) => cellsOf(result, recipe)) {
  const places = new Map();
  for (const result of results) {
    if (!recipesOf(result).includes(recipe) || !result.models.has(BASE)) continue;
    const theirs = grouped(cellsOf(result, BASE), 'place');
    for (const [place, cells] of grouped(cellsFor(result), 'place')) {
      const entry = places.get(place) ?? { ours: [], theirs: [] };
      places.set(place, { ours: [...entry.ours, ...cells], theirs: [...entry.theirs, ...theirs.get(place)] });
    }
  }
  return places;
}

/** Each bucket takes its own model where that was better than Mono's on the other folds of the same seed. */
function decided(results, recipe) {
  return (result) => {
    const others = results.filter(({ seed, fold }) => seed === result.seed && fold !== result.fold);
    const cells = (which) => others.flatMap((other) => cellsOf(other, which));
    const [own, base] = [grouped(cells(recipe), 'bucket'), grouped(cells('mono'), 'bucket')];
    return cellsOf(result, recipe, (bucket) =>
      own.has(bucket) && iou(own.get(bucket)) > iou(base.get(bucket))
        ? modelFor(result, recipe, bucket)
        : result.models.get('mono'),
    );
  };
}

const three = (value) => value.toFixed(3);
const signed = (value) => `${value < 0 ? '' : '+'}${value.toFixed(3)}`;

function rowOf(title, places) {
  const entries = [...places.values()];
  const differences = entries.map(({ ours, theirs }) => differenceOn(ours, theirs));
  const all = differences.map(({ difference }) => difference);
  const tallies = all.map((difference) => Float64Array.of(difference, 1));
  const [interval] = bootstrapIntervals([tallies], ([[sum, count]]) => [sum / count], RULE);
  return [
    title,
    three(mean(entries.map(({ ours }) => iou(ours)))),
    signed(mean(all)),
    interval === null ? '-' : `${signed(interval.low)} to ${signed(interval.high)}`,
    `${differences.filter(({ better }) => better).length} / ${differences.filter(({ worse }) => worse).length} of ${entries.length}`,
    mean(entries.flatMap(({ ours }) => ours.map(({ gmac }) => gmac))).toFixed(2),
  ];
}

/** The tables, as Markdown; says of what they are. */
export function partitionTables(folder) {
  const results = readResults(folder).filter(({ models }) => models.has(BASE));
  if (results.length === 0) return 'No fold is finished.\n';
  const [{ steps, more }] = results;
  const recipes = Object.keys(TITLES).filter((name) =>
    results.some((result) => recipesOf(result).includes(name)),
  );
  const complete = recipes.filter((name) => results.every((result) => recipesOf(result).includes(name)));
  const rows = complete.map((name) => rowOf(TITLES[name], byPlace(results, name)));
  const folds = new Set(results.map(({ fold }) => fold)).size;
  const seeds = [...new Set(results.map(({ seed }) => seed))];
  const chosen = complete.filter((name) => /^(finetune|conditional|scratch)@partition/.test(name));
  if (folds > 1)
    for (const name of chosen)
      rows.push(
        rowOf(
          `${TITLES[name]}, where the other folds were for it`,
          byPlace(results, name, decided(results, name)),
        ),
      );
  const shown = [
    'mono-long',
    'distilled-mono',
    'distilled@partition',
    'conditional@partition',
    'finetune@partition mixed',
  ].filter((name) => complete.includes(name));
  const perPlace = new Map(shown.map((name) => [name, byPlace(results, name)]));
  const headline = [...perPlace.get(BASE).keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((place) => [
      place,
      ...shown.map((name) => {
        const { ours, theirs } = perPlace.get(name).get(place);
        if (name === BASE) return three(iou(ours));
        const { difference, better, worse } = differenceOn(ours, theirs);
        return `${signed(difference)}${better ? ' **better**' : worse ? ' **worse**' : ''}`;
      }),
    ]);
  return [
    `${folds} folds of places, seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}; Mono ${steps + more} steps; recipes start from a Mono of ${steps} steps and train all their models together for ${more} more.`,
    '',
    table(
      [
        'recipe',
        'IoU, mean of places',
        'against Mono',
        '95 % over places',
        'better / worse beyond the interval',
        'GMAC at 512 px',
      ],
      rows,
    ),
    '',
    table(['place', ...shown.map((name) => TITLES[name])], headline),
    '',
  ].join('\n');
}
