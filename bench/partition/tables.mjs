// Tables of `bench/partition.mjs`, from the counts in every cell of the places left out.
import { bootstrapIntervals } from '../../dist/evaluation/bootstrap.js';
import { table } from '../measure.mjs';
import { three } from '../quality-scenes.mjs';
import {
  BASE,
  RULE,
  byPlace,
  cellsOf,
  decided,
  differenceOn,
  iou,
  mean,
  overDrawnSeeds,
  readResults,
  resultsWith,
} from './results.mjs';

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

/** Mean IoU over places against arithmetic of single networks by their steps, and of galleries: curves of a chart. */
export function recipeCurves(folder) {
  const results = resultsWith(readResults(folder), BASE);
  const point = (name) => {
    const entries = [...byPlace(results, name).values()].flat();
    const gmac = mean(entries.flatMap(({ ours }) => ours.map((cell) => cell.gmac)));
    return [gmac, mean(entries.map(({ ours }) => iou(ours)))];
  };
  const points = (names) =>
    names
      .filter((name) => resultsWith(results, name).length > 0)
      .map(point)
      .sort(([a], [b]) => a - b);
  const [{ steps, more }] = results;
  const lengths = [...new Set(SIZES.map(([, , times]) => times))].map((times) => ({
    name: `labels, ${(steps + more) * times} steps`,
    points: points(
      SIZES.filter(([name, , of]) => of === times && !name.startsWith('distilled')).map(([name]) => name),
    ),
  }));
  const students = ['distilled-mono-quarter', 'distilled-mono'];
  const galleries = ['conditional', 'finetune', 'distilled', 'distilled-conditional'].map(
    (name) => `${name}@partition`,
  );
  return [
    ...lengths,
    { name: 'one student', points: points(students) },
    ...galleries.map((name, i) => ({ name: i === 0 ? 'galleries' : '', points: points([name]), dots: true })),
  ].filter((curve) => curve.points.length > 0);
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
