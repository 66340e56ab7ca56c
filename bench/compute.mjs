// Accuracy against speed on this machine: Mono at several widths, float32 and int8, equal steps, on places that its training
// left out. `node bench/compute.mjs [--networks small-unet,...] [--steps 3000] [--fold 1] [--seed 1] [--threads N]`
// --galleries MONO=STUDENT+STUDENT,...: galleries of those Monos, too, whose buckets take the smallest student that is not
// worse by place-out validation (`distilled`, each size taught for as many steps as Mono), and Mono otherwise.
// Models are kept in .cache/bench/quality; what was stopped goes on; networks may be trained by several calls at once. Speed
// is that of whole map runs of the largest scene, in turn, in this call. The table goes to stdout.
import { parseArgs } from 'node:util';
import { median, table } from './measure.mjs';
import {
  APP,
  arithmetic,
  evaluate,
  galleryArithmetic,
  pixelsOf,
  placeFolds,
  prepareScenes,
  resflow,
  scoreOf,
  three,
  trainMono,
} from './quality-scenes.mjs';

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: 'small-unet,small-unet-half,small-unet-quarter' },
    galleries: { type: 'string', default: '' },
    steps: { type: 'string', default: '3000' },
    fold: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string' },
    'train-only': { type: 'boolean', default: false },
  },
});
const FOLDS = 5;
const ROUNDS = 2;
const seed = Number(values.seed);

const known = prepareScenes().filter((scene) => scene.split !== 'test');
const { places, held, split } = placeFolds(known, FOLDS)[Number(values.fold) - 1];
const largest = known.map(({ id }) => id).reduce((most, id) => (pixelsOf(id) > pixelsOf(most) ? id : most));

const threads = values.threads === undefined ? [] : ['--threads', values.threads];
const whose = ['--set', `split=${JSON.stringify(split)}`];
const monoOf = (network) => `compute-${network}-fold${values.fold}-${values.steps}steps-s${seed}`;

const contenders = values.networks.split(',').map((network) => {
  const id = monoOf(network);
  trainMono(id, { maxSteps: Number(values.steps), seed, threads, more: ['--network', network, ...whose] });
  return { id, name: network, decisions: '', gmac: () => arithmetic(id) };
});
const galleries = values.galleries.split(',').filter(Boolean);
if (galleries.length > 0)
  resflow('gallery', 'build', '--scenes', known.map(({ id }) => id).join(','), '--seed', values.seed);
contenders.push(...galleries.map(trainGallery));
if (values['train-only']) process.exit(0);

const rows = contenders.flatMap((contender) =>
  ['float32', 'int8'].map((variant) => ({
    ...contender,
    variant,
    ...scores(contender, variant),
    rates: [],
  })),
);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const row of rows) {
    const run = mapped(row.id, row.variant, [largest], '--gsd', 'own', '--fresh');
    row.rates.push(run.megapixelsPerSecond);
    row.overlap = run.overlapFactor;
  }
}
const first = median(rows[0].rates);
process.stdout.write(
  `Fold ${values.fold} of ${FOLDS} (${[...places].join(', ')}), ${values.steps} steps, seed ${seed}; speed: ${largest} at its own GSD, ${ROUNDS} rounds in turn.\n\n`,
);
process.stdout.write(
  `${table(
    [
      'models',
      'GMAC at 512 px',
      'computed / kept',
      'ran',
      'IoU',
      'object F1',
      'Mpx/s',
      'speed',
      'worst place',
      'buckets',
    ],
    rows.map(({ name, decisions, gmacs, overlap, variant, iou, objects, rates, worst }) => [
      name,
      gmacs.toFixed(2),
      overlap.toFixed(2),
      variant,
      three(iou),
      three(objects),
      median(rates).toFixed(2),
      (median(rates) / first).toFixed(2),
      worst,
      decisions,
    ]),
  )}\n`,
);

function trainGallery(text) {
  const [network, students] = text.split('=');
  const sizes = students.split('+');
  const mono = monoOf(network);
  const steps = Number(values.steps) * sizes.length;
  const recipe = ['--recipe', 'distilled', '--base', mono, '--network', sizes.join(',')];
  const budget = ['--max-steps', String(steps), '--seed', values.seed, '--unlabelled', 'none'];
  const { gallery, buckets } = resflow('model', 'train', APP, ...recipe, ...budget, ...threads, ...whose);
  const count = buckets.filter(({ decision }) => decision !== 'mono').length;
  return {
    id: gallery,
    name: `gallery of ${network}, students ${sizes.join(' and ')}`,
    decisions: `${count} of ${buckets.length} by students`,
    gmac: (run) => galleryArithmetic(run, mono),
  };
}

function mapped(id, variant, sceneIds, ...more) {
  const which = ['--model', id, '--variant', variant, '--scenes', sceneIds.join(',')];
  return resflow('map', 'run', APP, ...which, ...more);
}

/** Means over the places that were left out; of a place over its scenes; and the arithmetic that they took. */
function scores({ id, gmac }, variant) {
  const run = mapped(id, variant, held);
  const all = evaluate(run.run).scenes.map(scoreOf);
  const ofPlaces = [...places].map((place) => {
    const here = all.filter((one) => one.place === place);
    return { place, iou: mean(here.map((one) => one.iou)), objects: mean(here.map((one) => one.objects.f1)) };
  });
  const [worst] = ofPlaces.toSorted((a, b) => a.iou - b.iou);
  return {
    gmacs: gmac(run),
    iou: mean(ofPlaces.map((one) => one.iou)),
    objects: mean(ofPlaces.map((one) => one.objects)),
    worst: `${worst.place} ${three(worst.iou)}`,
  };
}

function mean(numbers) {
  const known = numbers.filter(Number.isFinite);
  return known.reduce((a, b) => a + b, 0) / known.length;
}
