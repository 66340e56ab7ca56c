// Accuracy against speed on this machine: Mono at several widths, float32 and int8, equal steps, on places that its training
// left out. `node bench/compute.mjs [--networks small-unet,...] [--steps 3000] [--fold 1] [--seed 1] [--threads N]`
// Models are kept in .cache/bench/quality; what was stopped goes on; networks may be trained by several calls at once. Speed
// is that of whole map runs of the largest scene, in turn, in this call. The table goes to stdout.
import { parseArgs } from 'node:util';
import { median, table } from './measure.mjs';
import {
  APP,
  cardOf,
  evaluate,
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

const models = values.networks.split(',').map((network) => {
  const id = `compute-${network}-fold${values.fold}-${values.steps}steps-s${seed}`;
  const threads = values.threads === undefined ? [] : ['--threads', values.threads];
  const more = ['--network', network, '--set', `split=${JSON.stringify(split)}`];
  trainMono(id, { maxSteps: Number(values.steps), seed, threads, more });
  return { id, network, card: cardOf(id) };
});
if (values['train-only']) process.exit(0);

const rows = models.flatMap(({ id, network, card }) =>
  ['float32', 'int8'].map((variant) => ({ id, network, card, variant, ...scores(id, variant), rates: [] })),
);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const row of rows) {
    const { megapixelsPerSecond } = mapped(row.id, row.variant, [largest], '--gsd', 'own', '--fresh');
    row.rates.push(megapixelsPerSecond);
  }
}
const first = median(rows[0].rates);
process.stdout.write(
  `Fold ${values.fold} of ${FOLDS} (${[...places].join(', ')}), ${values.steps} steps, seed ${seed}; speed: ${largest} at its own GSD, ${ROUNDS} rounds in turn.\n\n`,
);
process.stdout.write(
  `${table(
    ['network', 'parameters', 'GMAC at 512 px', 'ran', 'IoU', 'object F1', 'Mpx/s', 'speed', 'worst place'],
    rows.map(({ network, card, variant, iou, objects, rates, worst }) => [
      network,
      card.network.parameters,
      card.network.gmacAt512.toFixed(2),
      variant,
      three(iou),
      three(objects),
      median(rates).toFixed(2),
      (median(rates) / first).toFixed(2),
      worst,
    ]),
  )}\n`,
);

function mapped(id, variant, sceneIds, ...more) {
  const which = ['--model', id, '--variant', variant, '--scenes', sceneIds.join(',')];
  return resflow('map', 'run', APP, ...which, ...more);
}

/** Means over the places that were left out; of a place over its scenes. */
function scores(id, variant) {
  const all = evaluate(mapped(id, variant, held).run).scenes.map(scoreOf);
  const ofPlaces = [...places].map((place) => {
    const here = all.filter((one) => one.place === place);
    return { place, iou: mean(here.map((one) => one.iou)), objects: mean(here.map((one) => one.objects.f1)) };
  });
  const [worst] = ofPlaces.toSorted((a, b) => a.iou - b.iou);
  return {
    iou: mean(ofPlaces.map((one) => one.iou)),
    objects: mean(ofPlaces.map((one) => one.objects)),
    worst: `${worst.place} ${three(worst.iou)}`,
  };
}

function mean(numbers) {
  const known = numbers.filter(Number.isFinite);
  return known.reduce((a, b) => a + b, 0) / known.length;
}
