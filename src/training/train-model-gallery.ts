import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeJsonAtomic } from '../core/atomic-file.ts';
import { digestOf } from '../core/digest.ts';
import { contractError } from '../core/errors.ts';
import { modelGalleryFile } from '../workspace/layout.ts';
import { modelGalleryId, writeModelGallery } from '../workspace/model-galleries.ts';
import { modelGallerySchema, type ModelGallery } from '../workspace/model-gallery-record.ts';
import { readRecordIfAny } from '../workspace/workspace.ts';
import { starvation, sumEvidence, type BucketEvidence, type LeastEvidence } from './bucket-evidence.ts';
import type { BucketFile } from './bucket-file.ts';
import { compareModels, countFalseHits, type ScoreFile } from './compare-models.ts';
import { decideBuckets, type Specialist } from './decide-buckets.ts';
import { divideBudget, type Course, type Recipe, type TrainingBudget } from './recipes.ts';
import { countEvidence, scoreModels, type BucketGround } from './judge-buckets.ts';
import { trainCourse, type CourseSetting, type KnownModel } from './train-course.ts';
import type { TrainingPorts } from './train-model.ts';

export interface GalleryTraining {
  readonly recipe: Recipe;
  /** Of all specialists together. */
  readonly budget: TrainingBudget;
  readonly setting: CourseSetting;
  readonly mono: KnownModel;
  /** Of each bucket's models; the smallest one that does is taken. */
  readonly networks: readonly string[];
  readonly buckets: BucketFile;
  readonly least: LeastEvidence;
  /** Bits between the codes of two buckets. */
  readonly distance: (a: number, b: number) => number;
}

export interface GalleryPorts extends TrainingPorts {
  readonly now: () => Date;
}

export interface TrainedGallery {
  readonly gallery: ModelGallery;
  readonly folder: string;
  readonly reused: boolean;
}

/** Raised whenever equal inputs would give other models or decisions. */
const CODE_VERSION = 2;

/**
 * Trains the models of a recipe one after the other, scores them on the validation places, and writes the gallery of
 * models as the last step. The same training again goes on where it was: every finished model is found by its digest, the
 * one in work by its checkpoint. Throws ALL_BUCKETS_STARVED, the errors of `trainModel`, and the signal's reason.
 */
export async function trainModelGallery(
  training: GalleryTraining,
  ports: GalleryPorts,
): Promise<TrainedGallery> {
  const { setting, mono } = training;
  const id = modelGalleryId(identityOf(training));
  const file = modelGalleryFile(ports.root, setting.request.application, id);
  const folder = dirname(file);
  const known = await readRecordIfAny(file, modelGallerySchema);
  if (known !== null) return { gallery: known, folder, reused: true };
  await mkdir(folder, { recursive: true });
  const bucketsFile = join(folder, 'buckets.json');
  const ground = { set: setting.set, split: setting.request.split, folder, bucketsFile };
  const { application } = setting.request;
  const { evidence, own } = await fedBuckets(ground, { ...training, application }, ports);
  const { models, steps } = await trainAll(training, own, bucketsFile, ports);
  const starved = training.buckets.codes.map((_, bucket) => bucket).filter((bucket) => !own.includes(bucket));
  // Mono everywhere; every other model in its own bucket and in those without one.
  const judged = models.map((model) => ({ folder: model.folder, buckets: [model.bucket, ...starved] }));
  const scores = await scoreModels(ground, [{ folder: mono.folder }, ...judged], ports);
  const gallery: ModelGallery = {
    version: 1,
    id,
    application,
    created: ports.now().toISOString(),
    partition: training.buckets.partition,
    recipe: training.recipe.name,
    seed: setting.request.seed,
    trainingSet: setting.set.digest,
    mono: mono.card.id,
    buckets: decideBuckets({
      codes: training.buckets.codes,
      evidence,
      least: training.least,
      mono: mono.card.id,
      specialists: models.map((found): Specialist => specialistOf(found, mono)),
      ...comparison(scores, mono, setting.request.seed),
      distance: training.distance,
    }),
    budget: { monoSteps: mono.card.training?.steps ?? 0, specialistSteps: steps },
  };
  await writeModelGallery(ports.root, gallery);
  return { gallery, folder, reused: false };
}

export interface BucketDemand {
  readonly application: string;
  readonly buckets: BucketFile;
  readonly least: LeastEvidence;
}

/**
 * What is labelled in each bucket, and which buckets have enough of it for a model of their own; `ground.bucketsFile`
 * gets the buckets. Throws ALL_BUCKETS_STARVED where none has.
 */
export async function fedBuckets(
  ground: BucketGround,
  { application, buckets, least }: BucketDemand,
  ports: TrainingPorts,
): Promise<{ evidence: BucketEvidence[]; own: number[] }> {
  await writeJsonAtomic(ground.bucketsFile, buckets);
  const evidence = sumEvidence(await countEvidence(ground, ports), buckets.codes.length);
  const own = evidence.flatMap((found, bucket) => (starvation(found, least) === null ? [bucket] : []));
  if (own.length === 0) throw allStarved(application, least, evidence);
  return { evidence, own };
}

function identityOf({ recipe, budget, setting, mono, networks, buckets, least }: GalleryTraining) {
  const { machine: _, ...request } = setting.request;
  return {
    code: CODE_VERSION,
    recipe,
    budget,
    networks,
    request,
    set: setting.set.digest,
    teachers: setting.teachers.map(({ card }) => card.variants.float32.sha256),
    mono: mono.card.id,
    weights: mono.card.variants.float32.sha256,
    buckets: digestOf(buckets),
    least,
  };
}

interface BucketModel extends KnownModel {
  readonly bucket: number;
}

const SMALLER = 0.95;

function specialistOf({ bucket, card }: BucketModel, mono: KnownModel): Specialist {
  const [own, whole] = [card.network.gmacAt512, mono.card.network.gmacAt512];
  return {
    bucket,
    model: card.id,
    gmac: own ?? Infinity,
    smaller: own !== null && whole !== null && own < SMALLER * whole,
  };
}

async function trainAll(
  training: GalleryTraining,
  own: readonly number[],
  file: string,
  ports: TrainingPorts,
): Promise<{ models: BucketModel[]; steps: number }> {
  const { networks } = training;
  const budget = divideBudget(training.recipe, training.budget, {
    buckets: own.length,
    networks: networks.length,
  });
  const all: BucketModel[] = [];
  let steps = 0;
  for (const network of networks) {
    const found = await trainNetwork(training, { network, own, file, budget }, ports);
    all.push(...found.models);
    steps += found.steps;
  }
  return { models: all, steps };
}

interface NetworkRun {
  readonly network: string;
  /** Buckets that get models of their own. */
  readonly own: readonly number[];
  readonly file: string;
  readonly budget: ReturnType<typeof divideBudget>;
}

async function trainNetwork(
  { recipe, setting, mono, buckets: bucketFile, networks }: GalleryTraining,
  { network, own, file, budget }: NetworkRun,
  ports: TrainingPorts,
): Promise<{ models: BucketModel[]; steps: number }> {
  const common = { network, buckets: { file, digest: digestOf(bucketFile) }, id: null };
  const suffix = networks.length > 1 ? `, ${network}` : '';
  let shared: KnownModel | null = null;
  const startOf = ({ init }: Course) => (init === 'mono' ? mono : init === 'shared' ? shared : null);
  if (recipe.shared !== null) {
    const { course } = recipe.shared;
    const title = `Training the shared model${suffix}`;
    const run = { ...common, course, budget: budget.shared, init: startOf(course), bucket: null, title };
    shared = await trainCourse(run, setting, ports);
  }
  const models: BucketModel[] = [];
  const course = recipe.bucket;
  for (const [i, bucket] of (course === null ? [] : own).entries()) {
    if (course === null) continue;
    const title = `Training bucket ${bucket} (${i + 1} of ${own.length}${suffix})`;
    const run = { ...common, course, budget: budget.bucket, init: startOf(course), bucket, title };
    models.push({ bucket, ...(await trainCourse(run, setting, ports)) });
  }
  const all = shared === null ? models : [shared, ...models];
  return { models, steps: all.reduce((sum, { card }) => sum + (card.training?.steps ?? 0), 0) };
}

function comparison({ models }: ScoreFile, mono: KnownModel, seed: number) {
  const blocksOf = (id: string, bucket: number) =>
    models.find((model) => model.id === id)?.blocks.filter((block) => block.bucket === bucket) ?? [];
  const both = (bucket: number, model: string) =>
    [blocksOf(mono.card.id, bucket), blocksOf(model, bucket)] as const;
  return {
    compare: (bucket: number, model: string) => compareModels(...both(bucket, model), seed),
    falseHits: (bucket: number, model: string) => countFalseHits(...both(bucket, model)),
  };
}

function allStarved(app: string, least: LeastEvidence, evidence: readonly BucketEvidence[]) {
  const each = evidence.map((found, bucket) => `${bucket}: ${starvation(found, least) ?? ''}`).join('; ');
  return contractError(
    'ALL_BUCKETS_STARVED',
    `No bucket has labels enough for a model of its own (bucket ${each}).`,
    {
      hint: `Label more scenes, ask for less (--least-pixels, --least-objects, --least-scenes), or train one student for everything: \`resflow model train ${app} --recipe distilled-mono\`.`,
      context: { application: app, buckets: evidence.length },
    },
  );
}
