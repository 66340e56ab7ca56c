import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { DEFAULT_LEAST } from '../training/bucket-evidence.ts';
import { findTrainer } from '../training/find-python.ts';
import { MONO_NETWORK, NETWORKS } from '../training/networks.ts';
import { RECIPES } from '../training/recipes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { galleryLines } from './model-gallery-summary.ts';
import { scoreLines } from './model-summary.ts';
import { prepareTraining } from './prepare-training.ts';
import { describeTraining, trainMono, type TrainingDescription } from './train-mono.ts';
import { trainRecipe, type RecipeResult } from './train-recipe.ts';
import { askedSplit, commaList, DEFAULT_MINUTES, trainingInput } from './training-request.ts';

const DEFAULT_RECIPE = 'distilled';

const idsOrNone = commaList.transform((ids) => (ids.join() === 'none' ? [] : ids));
const count = (least: number) => z.coerce.number().int().nonnegative().default(least);

const inputSchema = z.object({
  ...trainingInput,
  mono: z.boolean().default(false),
  recipe: z.enum(RECIPES).optional(),
  base: z.string().min(1).optional(),
  teacher: commaList.optional(),
  unlabelled: idsOrNone.optional(),
  leastPixels: count(DEFAULT_LEAST.foregroundPixels),
  leastObjects: count(DEFAULT_LEAST.objects),
  leastScenes: count(DEFAULT_LEAST.scenes),
});
type Input = z.infer<typeof inputSchema>;

export const modelTrainCommand = defineCommand({
  path: ['model', 'train'],
  summary: "Train models on an application's labelled scenes: one for everything, or one for each bucket",
  description:
    'Without --mono: trains a model for each bucket of the gallery in use by a recipe, judges each against Mono on the validation places, and writes a gallery of models for `map run --model gallery`. Mono is the newest one, or --base; where there is none it is trained first, with the same budget. Writes the training set (once; later trainings share it) and runs the trainer. Validation is by the split of the scenes; where none is of the validation split, places are set aside by the seed. Ctrl-C keeps a checkpoint; the same command resumes.',
  args: [{ name: 'name', description: 'the application', required: true }],
  options: [
    { flags: '--mono', description: 'one model for everything' },
    {
      flags: '--recipe <name>',
      description: `${RECIPES.join(', ')} (default: ${DEFAULT_RECIPE}); distilled-mono is one student for everything and needs no gallery`,
    },
    {
      flags: '--network <name>',
      description: `${NETWORKS.join(', ')} (default: ${MONO_NETWORK}; of students: the next smaller than Mono's, a quarter of its arithmetic); several for scratch, distilled and distilled-conditional, of which each bucket takes the smallest that does`,
    },
    {
      flags: '--max-minutes <n>',
      description: `time for training, of all models of a recipe together (default: ${DEFAULT_MINUTES}, unless --max-steps)`,
    },
    { flags: '--max-steps <n>', description: 'steps, likewise; such a training can be repeated exactly' },
    { flags: '--seed <n>', description: 'seed of everything random (default: 1)' },
    {
      flags: '--base <id>',
      description:
        'the model that stands as Mono: specialists start from it, are judged against it, and leave it what they do not do better (default: the newest Mono)',
    },
    { flags: '--teacher <ids>', description: 'models that teach, separated by commas (default: Mono)' },
    {
      flags: '--unlabelled <ids>',
      description:
        'scenes whose pixels the teacher labels, or none (default: all without labels, in places of no validation or test scene)',
    },
    {
      flags: '--least-pixels <n>',
      description: `labelled pixels of a class that a bucket needs for a model of its own (default: ${DEFAULT_LEAST.foregroundPixels})`,
    },
    {
      flags: '--least-objects <n>',
      description: `objects that it needs (default: ${DEFAULT_LEAST.objects})`,
    },
    {
      flags: '--least-scenes <n>',
      description: `training scenes with a class in it (default: ${DEFAULT_LEAST.scenes})`,
    },
    {
      flags: '--id <id>',
      description: 'identifier of a single model (default: mono- or the recipe, and a digest)',
    },
    { flags: '--no-int8', description: 'no int8 variant' },
    { flags: '--device <device>', description: 'auto (default), cpu or cuda' },
    { flags: '--threads <n>', description: 'threads for training (default: all cores)' },
    { flags: '--licence <text>', description: 'licence of the models, for their cards' },
    {
      flags: '--set <key=json>',
      description: 'another member of spec.json, for example batch=16 or optimiser={"learningRate":0.001}',
      repeat: true,
    },
  ],
  examples: [
    'resflow model train buildings --mono --max-minutes 30',
    'resflow model train buildings --recipe distilled --max-steps 6000',
    'resflow model train buildings --recipe distilled-mono --unlabelled west,north',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    if (input.mono && (input.recipe !== undefined || input.base !== undefined))
      throw usageError('BAD_OPTION', '--mono trains one model, without a recipe and from nothing.', {
        hint: 'Leave --recipe and --base out, or --mono.',
      });
    askedSplit(input);
    return input.mono ? monoResult(input, context) : recipeResult(input, context);
  },
  render: (result) =>
    [
      ...result.notes.map((note) => `note: ${note}`),
      ...('gallery' in result ? galleryResultLines(result) : modelLines(result)),
    ].join('\n'),
});

async function monoResult(input: Input, context: CommandContext): Promise<TrainingDescription> {
  const home = await findTrainer(context.env);
  const prepared = await prepareTraining(input, context);
  return describeTraining(await trainMono(input, prepared, home, context), prepared);
}

async function recipeResult(input: Input, context: CommandContext) {
  const home = await findTrainer(context.env);
  const { leastPixels, leastObjects, leastScenes, base, teacher, unlabelled, recipe, ...rest } = input;
  const least = { foregroundPixels: leastPixels, objects: leastObjects, scenes: leastScenes };
  const request = { ...rest, recipe: recipe ?? DEFAULT_RECIPE, least, base, teachers: teacher, unlabelled };
  const result = await trainRecipe(request, home, context);
  return result.kind === 'model' ? result.model : describeGalleryTraining(result);
}

function describeGalleryTraining(result: Extract<RecipeResult, { kind: 'gallery' }>) {
  const { trained, prepared } = result;
  const { id, ...gallery } = trained.gallery;
  return {
    gallery: id,
    folder: trained.folder,
    reused: trained.reused,
    recipe: gallery.recipe,
    partition: gallery.partition,
    mono: gallery.mono,
    budget: gallery.budget,
    buckets: gallery.buckets,
    trainingSet: { digest: prepared.built.set.digest, scenes: prepared.built.set.scenes.length },
    notes: prepared.notes,
  };
}
type GalleryDescription = ReturnType<typeof describeGalleryTraining>;

const galleryResultLines = (result: GalleryDescription): string[] => [
  `Gallery ${result.gallery}${result.reused ? ' (was trained already)' : ''}: recipe ${result.recipe}, ${result.budget.specialistSteps} steps of all specialists together; Mono ${result.mono} had ${result.budget.monoSteps}`,
  ...galleryLines(result.buckets),
  `It lies in ${result.folder}`,
];

const modelLines = (result: TrainingDescription): string[] => [
  `Model ${result.model}${result.reused ? ' (was trained already)' : ''}: ${result.steps ?? '?'} steps in ${Math.round(result.seconds ?? 0)} s, ${result.split.train.length} scenes for training, ${result.split.validation.length} for validation`,
  ...scoreLines(result.scores),
  `On CPUs it runs as ${result.default}. It lies in ${result.folder}`,
];
