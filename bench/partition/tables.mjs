// Tables of `bench/partition.mjs`, from the counts in every cell of the places left out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomInt, seededRandom } from '../../dist/core/random.js';
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
  'conditional@partition soft': '... softly: mixed with the second bucket where a chip is between',
  'conditional@random': '... of random buckets',
  'conditional@place': '... of places in the place of buckets',
  'distilled-conditional@partition': '`distilled-conditional`',
  'distilled-conditional@partition soft': '... softly',
  'finetune@partition': '`finetune`',
  'finetune@partition soft': '... softly',
  'finetune@partition mixed': '`finetune`, half mixed with Mono',
  'finetune@random': '... of random buckets',
  'finetune@random mixed': '... of random buckets, half mixed',
  'scratch@partition': '`scratch`',
};

/** Single networks by size and length of the training: times the steps of Mono. */
const SIZES = [
  ['paper-labels', 'paper-unet', 1],
  ['mono-long', 'small-unet', 1],
  ['mono-labels-x2', 'small-unet', 2],
  ['mono-labels-x4', 'small-unet', 4],
  ['half-labels', 'small-unet-half', 1],
  ['half-labels-x2', 'small-unet-half', 2],
  ['half-labels-x4', 'small-unet-half', 4],
  ['quarter-labels', 'small-unet-quarter', 1],
  ['quarter-labels-x2', 'small-unet-quarter', 2],
  ['quarter-labels-x4', 'small-unet-quarter', 4],
  ['distilled-mono-quarter', 'small-unet-quarter, distilled', 1],
];

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

const holds = ({ models }, recipe) =>
  models.has(recipe) || [...models.keys()].some((name) => name.startsWith(`${recipe}/`));

/** The folds of those seeds that have the recipe in every fold. */
function resultsWith(results, recipe) {
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
function cellsOf(result, recipe, choose = (bucket) => modelFor(result, recipe, bucket)) {
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
const iou = (cells) => iouOf(add(cells));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const grouped = (cells, key) => {
  const groups = new Map();
  for (const cell of cells) groups.set(cell[key], [...(groups.get(cell[key]) ?? []), cell]);
  return groups;
};

/** By place: for each seed the recipe's cells and Mono's, side by side; cells are the same ground in every seed. */
function byPlace(results, recipe, cellsFor = (result) => cellsOf(result, recipe)) {
  const places = new Map();
  for (const result of resultsWith(results, recipe)) {
    const theirs = grouped(cellsOf(result, BASE), 'place');
    for (const [place, ours] of grouped(cellsFor(result), 'place'))
      places.set(place, [...(places.get(place) ?? []), { ours, theirs: theirs.get(place) }]);
  }
  return places;
}

/** A mean over seeds that are drawn with replacement, for a statistic whose value for each seed is `of(seed)`. */
function overDrawnSeeds(count) {
  const random = seededRandom(RULE.seed);
  return (of) => mean(Array.from({ length: count }, () => of(randomInt(random, count))));
}

/** Difference of a recipe to Mono on one place; drawn are its cells, for both the same, and seeds. */
function differenceOn(seeds) {
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

const HEADINGS = [
  'seeds',
  'IoU, mean of places',
  'against Mono',
  '95 % over places and seeds',
  'better / worse beyond the interval',
  'GMAC at 512 px',
];

function rowOf(places) {
  const entries = [...places.values()];
  const seeds = entries[0].length;
  const differences = entries.map(differenceOn);
  const all = differences.map(({ difference }) => difference);
  const drawn = overDrawnSeeds(seeds);
  const [interval] = bootstrapIntervals(
    [differences.map(({ each }) => Float64Array.of(...each, 1))],
    ([sums]) => [drawn((seed) => sums[seed] / sums[seeds])],
    RULE,
  );
  const same = all.every((difference) => difference === 0);
  return [
    seeds,
    three(mean(entries.map((runs) => mean(runs.map(({ ours }) => iou(ours)))))),
    same ? '-' : signed(mean(all)),
    same ? '-' : `${signed(interval.low)} to ${signed(interval.high)}`,
    same
      ? '-'
      : `${differences.filter(({ better }) => better).length} / ${differences.filter(({ worse }) => worse).length} of ${entries.length}`,
    mean(entries.flatMap((runs) => runs.flatMap(({ ours }) => ours.map(({ gmac }) => gmac)))).toFixed(2),
  ];
}

/** By bucket, over all places and seeds: share of the ground, Mono's IoU, and what recipes differ from it by. */
function bucketTable(results, recipes) {
  const sums = new Map();
  for (const result of results) {
    const base = cellsOf(result, BASE);
    const buckets = cellsOf(result, 'conditional@partition').map(({ bucket }) => bucket);
    const ours = recipes.map((recipe) => cellsOf(result, recipe));
    buckets.forEach((bucket, cell) => {
      const entry = sums.get(bucket) ?? {
        cells: 0,
        places: new Set(),
        base: [],
        ours: recipes.map(() => []),
      };
      entry.cells += 1;
      entry.places.add(base[cell].place);
      entry.base.push(base[cell]);
      ours.forEach((cells, i) => entry.ours[i].push(cells[cell]));
      sums.set(bucket, entry);
    });
  }
  const total = [...sums.values()].reduce((sum, { cells }) => sum + cells, 0);
  const rows = [...sums]
    .sort(([a], [b]) => a - b)
    .map(([bucket, { cells, places, base, ours }]) => [
      bucket,
      `${((100 * cells) / total).toFixed(1)} %`,
      places.size,
      three(iou(base)),
      ...ours.map((some) => signed(iou(some) - iou(base))),
    ]);
  return table(['bucket', 'of the cells', 'places', 'Mono', ...recipes.map((name) => TITLES[name])], rows);
}

/** The tables, as Markdown; says of what they are. */
export function partitionTables(folder) {
  const results = resultsWith(readResults(folder), BASE);
  if (results.length === 0) return 'No fold is finished.\n';
  const [{ steps, more }] = results;
  const complete = Object.keys(TITLES).filter((name) => resultsWith(results, name).length > 0);
  const places = new Map(complete.map((name) => [name, byPlace(results, name)]));
  const rows = complete.map((name) => [TITLES[name], ...rowOf(places.get(name))]);
  const folds = new Set(results.map(({ fold }) => fold)).size;
  for (const name of folds > 1 ? complete : [])
    if (/^(finetune|conditional|scratch)@partition/.test(name)) {
      const chosen = byPlace(results, name, decided(results, name));
      rows.push([`${TITLES[name]}, where the other folds were for it`, ...rowOf(chosen)]);
    }
  const sizes = SIZES.filter(([name]) => resultsWith(results, name).length > 0).map(
    ([name, title, times]) => [
      title,
      name.startsWith('distilled') ? `${steps} of its teacher + ${more}` : (steps + more) * times,
      ...rowOf(byPlace(results, name)),
    ],
  );
  const shown = [
    'mono-long',
    'half-labels',
    'distilled-mono',
    'distilled@partition',
    'conditional@partition',
  ].filter((name) => complete.includes(name));
  const headline = [...places.get(BASE).keys()]
    .sort((a, b) => (a < b ? -1 : 1))
    .map((place) => [
      place,
      ...shown.map((name) => {
        const runs = places.get(name).get(place);
        if (name === BASE) return three(mean(runs.map(({ ours }) => iou(ours))));
        const { difference, better, worse } = differenceOn(runs);
        return `${signed(difference)}${better ? ' **better**' : worse ? ' **worse**' : ''}`;
      }),
    ]);
  const seeds = [...new Set(results.map(({ seed }) => seed))];
  const devices = [...new Set(results.map(({ device }) => device))];
  return [
    `${folds} folds of places, seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}, trained on ${devices.join(' and ')}.`,
    `Mono learns for ${steps + more} steps of eight crops of 256 px; recipes start from a Mono of ${steps} steps and train all`,
    `their models together for ${more} more. Intervals draw cells of ground and seeds`,
    '(by place), or places and seeds. Cells at edges of scenes that hold no whole chip have no bucket, and are left out.',
    '',
    '## Recipes at equal steps',
    '',
    table(['recipe', ...HEADINGS], rows),
    '',
    '## Sizes and lengths',
    '',
    'One network for everything, from labels alone; "against Mono" is against the Mono of the table above, same seeds.',
    '',
    table(['network', 'steps', ...HEADINGS], sizes),
    '',
    '## By place',
    '',
    table(['place', ...shown.map((name) => TITLES[name])], headline),
    '',
    '## By bucket',
    '',
    'Over all places left out and all seeds; a difference without an interval.',
    '',
    bucketTable(
      results,
      ['conditional@partition', 'finetune@partition mixed', 'distilled@partition', 'half-labels'].filter(
        (name) => complete.includes(name),
      ),
    ),
    '',
  ].join('\n');
}
