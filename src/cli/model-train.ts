import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { ID_PATTERN } from '../core/ids.ts';
import { findTrainer } from '../training/find-python.ts';
import { trainModel } from '../training/train-model.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { scoreLines } from './model-summary.ts';
import { prepareTraining } from './prepare-training.ts';

const NETWORKS = ['small-unet', 'paper-unet'] as const;

const inputSchema = z.object({
  name: z.string(),
  mono: z.boolean().default(false),
  network: z.enum(NETWORKS).default('small-unet'),
  maxMinutes: z.coerce.number().positive().optional(),
  maxSteps: z.coerce.number().int().positive().optional(),
  seed: z.coerce.number().int().nonnegative().default(1),
  id: z.string().regex(ID_PATTERN).optional(),
  int8: z.boolean().default(true),
  device: z.enum(['auto', 'cpu', 'cuda']).optional(),
  threads: z.coerce.number().int().positive().optional(),
  licence: z.string().optional(),
  set: z.array(z.string()).default([]),
});
type Input = z.infer<typeof inputSchema>;

const DEFAULT_MINUTES = 30;

export const modelTrainCommand = defineCommand({
  path: ['model', 'train'],
  summary: "Train a model on an application's labelled scenes",
  description:
    'Writes the training set (once; later trainings share it) and runs the trainer. Validation is by the split of the scenes; where none is of the validation split, places are set aside by the seed. Ctrl-C keeps a checkpoint; the same command resumes.',
  args: [{ name: 'name', description: 'the application', required: true }],
  options: [
    { flags: '--mono', description: 'one model for everything (the only kind so far)' },
    {
      flags: '--network <name>',
      description: 'small-unet (default, for CPUs) or paper-unet (13.4 M parameters)',
    },
    {
      flags: '--max-minutes <n>',
      description: `time for training (default: ${DEFAULT_MINUTES}, unless --max-steps)`,
    },
    { flags: '--max-steps <n>', description: 'steps; such a training can be repeated exactly' },
    { flags: '--seed <n>', description: 'seed of everything random (default: 1)' },
    { flags: '--id <id>', description: 'identifier of the model (default: mono- and a digest)' },
    { flags: '--no-int8', description: 'no int8 variant' },
    { flags: '--device <device>', description: 'auto (default), cpu or cuda' },
    { flags: '--threads <n>', description: 'threads for training (default: all cores)' },
    { flags: '--licence <text>', description: 'licence of the model, for its card' },
    {
      flags: '--set <key=json>',
      description: 'another member of spec.json, for example batch=16 or optimiser={"learningRate":0.001}',
      repeat: true,
    },
  ],
  examples: [
    'resflow model train buildings --mono --max-minutes 30',
    'resflow model train buildings --mono --network paper-unet --max-steps 20000 --seed 7',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    if (!input.mono)
      throw usageError('BAD_OPTION', 'What is to be trained?', {
        hint: 'Give --mono for one model for everything.',
      });
    const options = moreOptions(input.set);
    const home = await findTrainer(context.env);
    const { app, built, split, notes } = await prepareTraining(input.name, input.seed, context);
    const request = {
      application: app.name,
      network: input.network,
      seed: input.seed,
      budget: budgetOf(input),
      split,
      id: input.id ?? null,
      int8: input.int8,
      licence: input.licence ?? null,
      options,
      machine: {
        ...(input.device === undefined ? {} : { device: input.device }),
        ...(input.threads === undefined ? {} : { threads: input.threads }),
      },
    };
    const ports = {
      root: context.workspace,
      home,
      progress: context.progress,
      signal: context.signal,
      log: context.log,
      env: context.env,
    };
    const { card, folder, reused } = await trainModel(
      request,
      { digest: built.set.digest, folder: built.folder },
      ports,
    );
    return {
      model: card.id,
      folder,
      reused,
      scores: card.scores,
      seconds: card.training?.seconds ?? null,
      steps: card.training?.steps ?? null,
      trainingSet: {
        digest: built.set.digest,
        folder: built.folder,
        reused: built.reused,
        scenes: built.set.scenes.length,
      },
      split: { train: card.training?.trainScenes ?? [], validation: card.training?.validationScenes ?? [] },
      variants: card.variants,
      default: card.defaultCpuVariant,
      notes,
    };
  },
  render: (result) =>
    [
      ...result.notes.map((note) => `note: ${note}`),
      `Model ${result.model}${result.reused ? ' (was trained already)' : ''}: ${result.steps ?? '?'} steps in ${Math.round(result.seconds ?? 0)} s, ${result.split.train.length} scenes for training, ${result.split.validation.length} for validation`,
      ...scoreLines(result.scores),
      `On CPUs it runs as ${result.default}. It lies in ${result.folder}`,
    ].join('\n'),
});

function budgetOf({ maxMinutes, maxSteps }: Input): { maxMinutes?: number; maxSteps?: number } {
  if (maxMinutes === undefined && maxSteps === undefined) return { maxMinutes: DEFAULT_MINUTES };
  return {
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
  };
}

/** `key=json` pairs as members of spec.json. Throws usage error BAD_OPTION. */
function moreOptions(pairs: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    pairs.map((pair): [string, unknown] => {
      const cut = pair.indexOf('=');
      const text = pair.slice(cut + 1);
      try {
        if (cut < 1) throw new SyntaxError('no =');
        return [pair.slice(0, cut), JSON.parse(text) as unknown];
      } catch (error) {
        throw usageError('BAD_OPTION', `--set ${pair} is not KEY=JSON.`, {
          hint: 'For example --set batch=16 or --set precision=\'"float32"\'.',
          cause: error,
        });
      }
    }),
  );
}
