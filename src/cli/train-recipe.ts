import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { usageError } from '../core/errors.ts';
import type { LeastEvidence } from '../training/bucket-evidence.ts';
import { MONO_NETWORK, studentNetwork } from '../training/networks.ts';
import { recipeOf, type Recipe, type RecipeName } from '../training/recipes.ts';
import { refuseKnowing } from '../training/refuse-knowing.ts';
import type { TrainerHome } from '../training/run-trainer.ts';
import { trainCourse, type CourseSetting, type KnownModel } from '../training/train-course.ts';
import type { TrainingPorts } from '../training/train-model.ts';
import {
  fedBuckets,
  trainModelGallery,
  type BucketDemand,
  type TrainedGallery,
} from '../training/train-model-gallery.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import { isMono, listModels, resolveModel, type StoredModel } from '../workspace/models.ts';
import { readCurrentPartition } from '../workspace/partitions.ts';
import { readScenes } from '../workspace/scenes.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { bitsBetween, bucketsOf, inGallery } from './bucket-cells.ts';
import type { CommandContext } from './command.ts';
import { prepareTraining, type PreparedTraining } from './prepare-training.ts';
import { describeTraining, trainMono, type TrainingDescription } from './train-mono.ts';
import { budgetOf, oneNetwork, requestOf, trainingPorts, type TrainingInput } from './training-request.ts';

export interface RecipeInput extends TrainingInput {
  readonly recipe: RecipeName;
  readonly least: LeastEvidence;
  /** Id of the model that stands as Mono; undefined: the newest Mono. */
  readonly base: string | undefined;
  /** Ids of the models that teach; undefined: Mono. */
  readonly teachers: readonly string[] | undefined;
  /** Ids of scenes taken for their pixels; undefined: all without labels. */
  readonly unlabelled: readonly string[] | undefined;
}

export type RecipeResult =
  | { readonly kind: 'model'; readonly model: TrainingDescription }
  | {
      readonly kind: 'gallery';
      readonly trained: TrainedGallery;
      readonly prepared: PreparedTraining;
      readonly mono: KnownModel;
    };

/**
 * Trains by a recipe: a model for each bucket of the partition in use, or one student for everything. Mono is the one
 * asked for, or the newest of the application; where there is none, it is trained first, with the same budget.
 */
export async function trainRecipe(
  input: RecipeInput,
  home: TrainerHome,
  context: CommandContext,
): Promise<RecipeResult> {
  const recipe = recipeOf(input.recipe);
  const root = context.workspace;
  const partition = recipe.bucket === null ? null : await readCurrentPartition(root);
  if (partition !== null && input.id !== undefined)
    throw usageError('BAD_OPTION', '--id names one model; a gallery has many.', {
      hint: 'Leave --id out; a gallery and its models are named by their digests.',
    });
  const plain = await prepareTraining(input, context);
  if (partition !== null) await inGallery(root, partition, plain.scenes);
  const ports = { ...trainingPorts(context, home), now: context.now };
  let mono = await monoIfAny(root, input);
  if (mono === null) {
    if (partition !== null) {
      const buckets = await bucketsOf(root, partition, plain);
      await refuseStarved({ application: input.name, buckets, least: input.least }, plain, ports);
    }
    context.log.info('there is no Mono yet: it is trained first, with the same budget');
    const { id: _id, network: _network, ...rest } = input;
    mono = await trainMono(rest, plain, home, context);
  }
  const teachers = await Promise.all((input.teachers ?? []).map((id) => known(root, input.name, id)));
  const extra = teaches(recipe) ? await unlabelledScenes(input, context) : [];
  const coded = partition === null ? extra : await codedOf(root, partition, extra, input.unlabelled);
  if (coded.length < extra.length) {
    const count = extra.length - coded.length;
    context.log.warn(`${count} scene(s) without labels are not in the gallery, and teach nothing`);
  }
  const prepared = coded.length === 0 ? plain : await prepareTraining(input, context, coded);
  const cards = [mono, ...teachers].map(({ card }) => card);
  refuseKnowing(cards, validationOf(prepared));
  const setting: CourseSetting = {
    recipe: recipe.name,
    request: requestOf(input, prepared.split),
    set: { digest: prepared.built.set.digest, folder: prepared.built.folder },
    teachers: teachers.length === 0 ? [mono] : teachers,
  };
  const networks = networksOf(recipe, input, mono);
  if (partition === null) {
    if (recipe.shared === null) throw new Error(`recipe ${recipe.name} trains nothing`);
    const { course } = recipe.shared;
    const [network = MONO_NETWORK] = networks;
    const run = { course, network, budget: budgetOf(input), init: null, bucket: null, buckets: null };
    const trained = await trainCourse({ ...run, id: input.id ?? null, title: 'Training' }, setting, ports);
    return { kind: 'model', model: describeTraining(trained, prepared) };
  }
  const training = {
    recipe,
    budget: budgetOf(input),
    setting,
    mono,
    networks,
    least: input.least,
    buckets: await bucketsOf(root, partition, prepared),
    distance: bitsBetween(partition),
  };
  return { kind: 'gallery', trained: await trainModelGallery(training, ports), prepared, mono };
}

const validationOf = ({ built, split }: PreparedTraining): readonly string[] =>
  split?.validation ?? built.set.scenes.filter((scene) => scene.split === 'validation').map(({ id }) => id);

/** Those asked for, or Mono's; of what a teacher teaches, a smaller one. Throws usage error BAD_OPTION where it has to be Mono's, or one. */
function networksOf(recipe: Recipe, input: RecipeInput, { card }: KnownModel): readonly string[] {
  const own = card.network.name;
  const continued = recipe.shared?.course.init === 'mono' || recipe.bucket?.init === 'mono';
  if (continued && input.network !== undefined && input.network.join() !== own)
    throw usageError('BAD_OPTION', `Recipe ${recipe.name} goes on from Mono, which is a ${own}.`, {
      hint: 'Leave --network out, or train a Mono of that network.',
    });
  const usual = teaches(recipe) ? studentNetwork(own) : own;
  return recipe.bucket === null ? [oneNetwork(input) ?? usual] : (input.network ?? [usual]);
}

const teaches = ({ shared, bucket }: Recipe): boolean =>
  shared?.course.teacher === true || bucket?.teacher === true;

const absolute = (root: string, { folder, card }: StoredModel): KnownModel => ({
  folder: join(root, folder),
  card,
});

const known = async (root: string, app: string, id: string): Promise<KnownModel> =>
  absolute(root, await resolveModel(root, app, id));

/** Before hours go into a Mono: throws ALL_BUCKETS_STARVED where no bucket would get a model. */
async function refuseStarved(
  demand: BucketDemand,
  { built, split }: PreparedTraining,
  ports: TrainingPorts,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'resflow-evidence-'));
  try {
    const bucketsFile = join(folder, 'buckets.json');
    await fedBuckets({ set: built, split, folder, bucketsFile }, demand, ports);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The model asked for, or the newest Mono. */
async function monoIfAny(root: string, input: RecipeInput): Promise<KnownModel | null> {
  if (input.base !== undefined) {
    const base = await known(root, input.name, input.base);
    if (base.card.bucket === null) return base;
    throw usageError('BAD_OPTION', `--base ${input.base}: the model is of bucket ${base.card.bucket} only.`, {
      hint: 'Name a model for everything: `resflow model list` shows them.',
    });
  }
  const mono = (await listModels(root, input.name)).filter(isMono).at(-1);
  return mono === undefined ? null : absolute(root, mono);
}

/** Scenes whose pixels a teacher may label: those asked for, or all without labels in places that nothing is judged by. */
async function unlabelledScenes(input: RecipeInput, context: CommandContext): Promise<SceneItem[]> {
  const root = context.workspace;
  if (input.unlabelled !== undefined) {
    const items = input.unlabelled.length === 0 ? [] : await readScenes(root, [...input.unlabelled]);
    const judging = items.find((item) => item.properties['resflow:split'] === 'validation');
    if (judging === undefined) return items;
    throw usageError('BAD_OPTION', `--unlabelled ${judging.id}: the scene is for validation.`, {
      hint: 'Models are chosen by the validation scenes; leave them out.',
    });
  }
  await readApplication(root, input.name);
  const labels = await readLabelSources(root, input.name);
  const labelled = new Set(labels.flatMap(({ coverage }) => coverage.map(({ scene }) => scene)));
  const all = await readScenes(root, 'all');
  const judged = (item: SceneItem) =>
    ['validation', 'test'].includes(item.properties['resflow:split'] ?? 'train');
  const places = new Set(all.filter(judged).map((item) => item.properties['resflow:place']));
  return all.filter((item) => !labelled.has(item.id) && !places.has(item.properties['resflow:place']));
}

/** Of scenes without labels, those in the gallery; where they were asked for, all must be. */
async function codedOf(
  root: string,
  partition: Parameters<typeof inGallery>[1],
  items: readonly SceneItem[],
  asked: readonly string[] | undefined,
): Promise<SceneItem[]> {
  const coded: SceneItem[] = [];
  for (const item of items) {
    try {
      await inGallery(root, partition, [{ item }]);
      coded.push(item);
    } catch (error) {
      if (asked !== undefined) throw error;
    }
  }
  return coded;
}
