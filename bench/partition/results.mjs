// What `bench/partition.mjs` measured, by cells of ground: read, chosen and compared.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomInt, seededRandom } from '../../dist/core/random.js';
import { bootstrapIntervals } from '../../dist/evaluation/bootstrap.js';

export const BASE = 'mono-long';
export const RULE = { replicates: 2000, seed: 1, level: 0.95 };

/** All stages of each fold and seed: {fold, seed, places, buckets, models}. */
export function readResults(folder) {
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

const holds = ({ models }, recipe) =>
  models.has(recipe) || [...models.keys()].some((name) => name.startsWith(`${recipe}/`));

/** The folds of those seeds that have the recipe in every fold. */
export function resultsWith(results, recipe) {
  const lacking = new Set(results.filter((result) => !holds(result, recipe)).map(({ seed }) => seed));
  return results.filter(({ seed }) => !lacking.has(seed));
}

const FALLBACK = { finetune: 'mono', scratch: 'mono', distilled: 'distilled-shared' };

/** The model that a recipe maps a cell of this bucket by. */
function modelFor(result, recipe, bucket) {
  if (result.models.has(recipe)) return result.models.get(recipe);
  const own = result.models.get(`${recipe}/${bucket}`);
  return own ?? result.models.get(FALLBACK[recipe.split(/[@ ]/)[0]]);
}

const fileOf = (recipe) => /@(\w+)/.exec(recipe)?.[1] ?? 'partition';

/** Cells of the places left out: {place, bucket, counts, gmac}; those at edges that hold no whole chip have no bucket, and
 * are left out. */
export function cellsOf(result, recipe, choose = (bucket) => modelFor(result, recipe, bucket)) {
  return Object.entries(result.places).flatMap(([scene, place]) =>
    result.buckets[fileOf(recipe)][scene].flatMap((bucket, cell) => {
      if (bucket < 0) return [];
      const model = choose(bucket);
      return [{ place, bucket, counts: model.counts[scene][cell], gmac: model.gmac }];
    }),
  );
}

const add = (cells) => cells.reduce((sum, { counts }) => sum.map((value, i) => value + counts[i]), [0, 0, 0]);
const iouOf = ([hits, wrong, missed]) => hits / Math.max(1, hits + wrong + missed);
export const iou = (cells) => iouOf(add(cells));
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const grouped = (cells, key) => {
  const groups = new Map();
  for (const cell of cells) groups.set(cell[key], [...(groups.get(cell[key]) ?? []), cell]);
  return groups;
};

/** By place: for each seed the recipe's cells and Mono's, side by side; cells are the same ground in every seed. */
export function byPlace(results, recipe, cellsFor = (result) => cellsOf(result, recipe)) {
  const places = new Map();
  for (const result of resultsWith(results, recipe)) {
    const theirs = grouped(cellsOf(result, BASE), 'place');
    for (const [place, ours] of grouped(cellsFor(result), 'place'))
      places.set(place, [...(places.get(place) ?? []), { ours, theirs: theirs.get(place) }]);
  }
  return places;
}

/** A mean over seeds that are drawn with replacement, for a statistic whose value for each seed is `of(seed)`. */
export function overDrawnSeeds(count) {
  const random = seededRandom(RULE.seed);
  return (of) => mean(Array.from({ length: count }, () => of(randomInt(random, count))));
}

/** Difference of a recipe to Mono on one place; drawn are its cells, for both the same, and seeds. */
export function differenceOn(seeds) {
  const difference = (sums) => iouOf(sums.slice(0, 3)) - iouOf(sums.slice(3, 6));
  const tallies = seeds[0].ours.map((_, cell) =>
    Float64Array.from(seeds.flatMap(({ ours, theirs }) => [...ours[cell].counts, ...theirs[cell].counts])),
  );
  const drawn = overDrawnSeeds(seeds.length);
  const statistic = ([sums]) => [drawn((seed) => difference(sums.slice(6 * seed, 6 * seed + 6)))];
  const [interval] = bootstrapIntervals([tallies], statistic, RULE);
  const each = seeds.map(({ ours, theirs }) => iou(ours) - iou(theirs));
  return { each, difference: mean(each), better: interval?.low > 0, worse: interval?.high < 0 };
}

/** Each bucket takes its own model where that was better than Mono's on the other folds of the same seed. */
export function decided(results, recipe) {
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
