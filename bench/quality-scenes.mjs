// The workspace of the quality benches: the shared scenes with their labels and splits, and how a map's scores are read.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realScenes } from '../scripts/demo/real-scenes.mjs';
import { dealPlaces } from './deal-places.mjs';
import { CACHE, DATA, resflowIn, ROOT } from './workspace.mjs';

export const APP = 'buildings';
export const HOME = join(CACHE, 'quality');

export const resflow = resflowIn(HOME);

/** A workspace of the shared scenes, which are given; ends the process, loudly, where the data are absent. */
export function prepareArchive(home) {
  if (!existsSync(DATA)) {
    process.stderr.write(`SKIPPED: ${DATA} is not there; this bench needs the shared data.\n`);
    process.exit(0);
  }
  mkdirSync(home, { recursive: true });
  if (!existsSync(join(home, 'workspace.json')))
    execFileSync(process.execPath, [join(ROOT, 'bin', 'resflow'), 'init', home]);
  const scenes = realScenes(DATA);
  for (const { id, place, split, image } of scenes) {
    if (!existsSync(join(home, 'scenes', `${id}.json`)))
      resflowIn(home)('scene', 'add', image, '--id', id, '--place', place, '--split', split);
  }
  return scenes;
}

/** Adds what is missing; the scenes with place and split. */
export function prepareScenes() {
  const scenes = prepareArchive(HOME);
  if (!existsSync(join(HOME, 'applications', APP)))
    resflow('app', 'create', APP, '--class', 'building', '--gsd', '0.3');
  // One by one, so that a start that was interrupted leaves no scene without its labels.
  const labelled = new Set(
    resflow('label', 'list', APP).labels.flatMap((source) => source.scenes.map(({ scene }) => scene)),
  );
  for (const { id, labels: file, labelKind } of scenes) {
    if (labelled.has(id)) continue;
    const how =
      labelKind === 'vector'
        ? ['--class', 'building', '--complete', 'scene']
        : ['--map', '1=building', '--map', '0=background'];
    resflow('label', 'add', APP, file, '--scene', id, ...how);
  }
  return scenes;
}

/** Pixels of a scene, by its record. */
export function pixelsOf(id) {
  const { properties } = JSON.parse(readFileSync(join(HOME, 'scenes', `${id}.json`), 'utf8'));
  const [height, width] = properties['proj:shape'];
  return height * width;
}

/**
 * So many folds of places: the scenes that each leaves out, and the split of the others. A fold is measured on the places it
 * left out; the weights and the temperature are chosen by other places again.
 */
export function placeFolds(scenes, count) {
  const sizes = new Map();
  for (const { id, place } of scenes) sizes.set(place, (sizes.get(place) ?? 0) + pixelsOf(id));
  return dealPlaces(sizes, count).map((places) => {
    const idsOf = (wanted) => scenes.filter(wanted).map((scene) => scene.id);
    const keptOf = (split) => idsOf((scene) => !places.has(scene.place) && scene.split === split);
    return {
      places,
      held: idsOf((scene) => places.has(scene.place)),
      split: { train: keptOf('train'), validation: keptOf('validation') },
    };
  });
}

/** The evaluation of a run, all of whose scenes have to be scored. */
export function evaluate(run, ...more) {
  const evaluation = resflow('map', 'evaluate', run, ...more);
  if (evaluation.unscored.length === 0) return evaluation;
  const why = evaluation.unscored.map(({ scene, reason }) => `${scene}: ${reason}`);
  throw new Error(`not scored: ${why.join('; ')}`);
}

export const cardOf = (id) => JSON.parse(readFileSync(join(HOME, 'models', APP, id, 'card.json'), 'utf8'));

/** GMAC of a model at 512 px. */
export const arithmetic = (id) => cardOf(id).network.gmacAt512;

/** Mean arithmetic over the chips of a routed map, by the models that computed them; of no bucket: Mono. */
export function galleryArithmetic(run, mono) {
  const parts = [...run.buckets, { chips: run.unknownChips + run.uncodedChips, model: mono }];
  const sum = (of) => parts.reduce((total, part) => total + of(part), 0);
  return sum(({ chips, model }) => chips * arithmetic(model)) / sum(({ chips }) => chips);
}

const hasModel = (id) => existsSync(join(HOME, 'models', APP, id, 'card.json'));

/** Trains Mono under this id, unless it is there. */
export function trainMono(id, { maxSteps, seed, threads, more = [] }) {
  if (hasModel(id)) return;
  const training = ['--mono', '--id', id, '--max-steps', String(maxSteps), '--seed', String(seed)];
  resflow('model', 'train', APP, ...training, ...threads, ...more);
}

/** A scene of an evaluation: its scores of the class of the bench. */
export const scoreOf = ({ scene, place, scores }) => ({
  scene,
  place,
  ...scores.classes.find((entry) => entry.class === 'building'),
});

export const three = (value) => (value === null || value === undefined ? '-' : value.toFixed(3));
export const between = (interval) =>
  interval === null || interval === undefined
    ? '-'
    : `${interval.low.toFixed(2)}-${interval.high.toFixed(2)}`;
