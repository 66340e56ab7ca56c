import { mkdir, rm, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic, writeJsonAtomic } from '../core/atomic-file.ts';
import { writeFolderOnce } from '../core/atomic-folder.ts';
import { digestOf } from '../core/digest.ts';
import { inputError, resourceError } from '../core/errors.ts';
import type { Progress } from '../core/progress.ts';
import { withoutTimes } from '../raster/source-record.ts';
import type { Application } from '../workspace/application-record.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { trainingSetFolder } from '../workspace/layout.ts';
import { trainingSetSchema, type TrainingChip, type TrainingSet } from '../workspace/training-set-record.ts';
import { readRecordIfAny } from '../workspace/workspace.ts';
import {
  CHIP_PIXELS,
  trainedSplits,
  writeSceneArrays,
  type PlannedScene,
  type SceneSources,
  type TrainingScene,
} from './write-scene-arrays.ts';

/** Raised whenever the arrays of equal inputs come out differently. */
const CODE_VERSION = 1;

export interface TrainingSetInput {
  readonly app: Application;
  readonly scenes: readonly PlannedScene[];
  readonly labels: readonly LabelSource[];
}

export interface TrainingSetPorts {
  readonly root: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Opens a scene's pixels and labels on its grid; `close` after use. */
  readonly openSources: (scene: PlannedScene) => Promise<SceneSources & { close(): void }>;
}

export interface BuiltTrainingSet {
  readonly folder: string;
  readonly set: TrainingSet;
  /** True where it was there already. */
  readonly reused: boolean;
  /** Scenes left out, and why. */
  readonly notes: readonly string[];
}

/** What decides the bytes of a training set. */
export function trainingSetDigest({ app, scenes, labels }: TrainingSetInput): string {
  return digestOf({
    code: CODE_VERSION,
    chipPixels: CHIP_PIXELS,
    application: { ...app, created: '', minObjectM2: 0 },
    scenes: scenes.map(({ item, bands, grid, split, unlabelled }) => ({
      id: item.id,
      place: item.properties['resflow:place'],
      source: withoutTimes(item.properties['resflow:source']),
      noData: item.properties['resflow:no_data'],
      bands: bands.map(({ index, statistics }) => ({ index, statistics })),
      grid,
      split,
      unlabelled,
    })),
    labels: labels.map(({ source, layer, crs, bufferMetres, classOf, complete, coverage }) => ({
      source: withoutTimes(source),
      layer,
      crs,
      bufferMetres,
      classOf,
      complete,
      scenes: coverage.map(({ scene }) => scene),
    })),
  });
}

/**
 * Writes the training set of an application's scenes and labels, or finds it: the digest of what decides its bytes is
 * its name, so all trainings share it. Written in a temporary folder and renamed. Memory: a strip of 256 rows of one scene.
 * Throws input error NO_LABELLED_PIXELS, resource error DISK_TOO_SMALL, and the errors of reading scenes and labels.
 */
export async function buildTrainingSet(
  input: TrainingSetInput,
  ports: TrainingSetPorts,
): Promise<BuiltTrainingSet> {
  const digest = trainingSetDigest(input);
  const folder = trainingSetFolder(ports.root, digest);
  const known = await readRecordIfAny(join(folder, 'set.json'), trainingSetSchema);
  if (known !== null) return { folder, set: known, reused: true, notes: notesOf(input, known.scenes) };
  await mkdir(dirname(folder), { recursive: true });
  await checkDisk(input, dirname(folder));
  const written: TrainingSet[] = [];
  // Where somebody else wrote the same set meanwhile, its bytes are the same.
  await writeFolderOnce(folder, async (temporary) => {
    written.push(await writeSet(input, ports, { digest, folder: temporary }));
  });
  const [set] = written;
  if (set === undefined) throw new Error('a training set was not written');
  return { folder, set, reused: false, notes: notesOf(input, set.scenes) };
}

const pixelsOf = (scenes: readonly PlannedScene[]): number =>
  scenes.reduce((sum, { grid }) => sum + grid.width * grid.height, 0);

async function checkDisk({ scenes }: TrainingSetInput, where: string): Promise<void> {
  const bytes = scenes.reduce((sum, { grid, bands, split }) => {
    const wide = bands.some((band) => !['uint8', 'int8'].includes(band.data_type)) ? 4 : 1;
    return sum + grid.width * grid.height * (bands.length * wide + 1 + trainedSplits(split).length);
  }, 0);
  const { bavail, bsize } = await statfs(where);
  if (bavail * bsize >= bytes * 1.02) return;
  const [needed, free] = [Math.ceil(bytes / 2 ** 20), Math.floor((bavail * bsize) / 2 ** 20)];
  throw resourceError(
    'DISK_TOO_SMALL',
    `The training set needs ${needed} MiB; ${where} has ${free} MiB free.`,
    {
      hint: 'Free some space (old folders under training-sets/ can be removed), or take a coarser working GSD.',
      context: { limit: free, actual: needed, folder: where },
    },
  );
}

async function writeSet(
  input: TrainingSetInput,
  ports: TrainingSetPorts,
  to: { digest: string; folder: string },
): Promise<TrainingSet> {
  const { app } = input;
  const scenes: TrainingScene[] = [];
  const chips: TrainingChip[] = [];
  let done = 0;
  ports.progress.start('Writing the training set', Math.ceil(pixelsOf(input.scenes) / 1e6), 'Mpx');
  for (const scene of input.scenes) {
    const sources = await ports.openSources(scene);
    const onPixels = (pixels: number) => {
      done += pixels;
      ports.progress.update(done / 1e6, scene.item.id);
    };
    const options = { folder: to.folder, highestClass: app.classes.length, signal: ports.signal, onPixels };
    const written = await writeSceneArrays(scene, sources, options).finally(() => sources.close());
    const kept = written.scenes.filter(({ labelledPixels }) => scene.unlabelled || labelledPixels > 0);
    scenes.push(...kept);
    chips.push(...written.chips.filter((chip) => kept.some(({ id }) => id === chip.scene)));
    if (kept.length === 0) await removeArrays(to.folder, written.scenes);
  }
  ports.progress.stop();
  if (!scenes.some(({ split, labelledPixels }) => split === 'train' && labelledPixels > 0))
    throw nothingLabelled(input);
  const { gsdMetres, gsdRange, bands, classes, background, loss } = app;
  const fields = { gsdMetres, gsdRange, bands, classes, background, loss, chipPixels: CHIP_PIXELS };
  const set: TrainingSet = {
    version: 1,
    digest: to.digest,
    application: app.name,
    created: ports.now().toISOString(),
    ...fields,
    scenes,
  };
  await writeFileAtomic(
    join(to.folder, 'chips.jsonl'),
    chips.map((chip) => `${JSON.stringify(chip)}\n`).join(''),
  );
  await writeJsonAtomic(join(to.folder, 'set.json'), set);
  return set;
}

async function removeArrays(folder: string, scenes: readonly TrainingScene[]): Promise<void> {
  const files = new Set(scenes.flatMap(({ image, labels, valid }) => [image, labels, valid]));
  for (const file of files) await rm(join(folder, file), { force: true });
}

const nothingLabelled = ({ app, scenes }: TrainingSetInput) =>
  inputError(
    'NO_LABELLED_PIXELS',
    `None of the ${scenes.length} scene(s) for training of '${app.name}' has a labelled pixel.`,
    {
      hint: `\`resflow label list ${app.name}\` shows what is labelled; objects alone are labels of their class, and --complete scene makes the rest background.`,
      context: { application: app.name, scenes: scenes.map(({ item }) => item.id) },
    },
  );

const notesOf = ({ scenes }: TrainingSetInput, kept: readonly TrainingScene[]): string[] =>
  scenes
    .filter(({ item }) => !kept.some(({ image }) => image === `${item.id}.image.npy`))
    .map(({ item }) => `Scene '${item.id}' is left out: it has no labelled pixel at the working GSD.`);
