import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { ID_PATTERN } from '../core/ids.ts';
import { NETWORKS } from '../training/networks.ts';
import type { TrainingBudget } from '../training/recipes.ts';
import type { TrainerHome } from '../training/run-trainer.ts';
import type { TrainingPorts, TrainingRequest } from '../training/train-model.ts';
import type { CommandContext } from './command.ts';

/** Words separated by commas. */
export const commaList = z.string().transform((text) =>
  text
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean),
);

/** Options of every training. */
export const trainingInput = {
  name: z.string(),
  network: commaList.pipe(z.array(z.enum(NETWORKS)).min(1)).optional(),
  maxMinutes: z.coerce.number().positive().optional(),
  maxSteps: z.coerce.number().int().positive().optional(),
  seed: z.coerce.number().int().nonnegative().default(1),
  id: z.string().regex(ID_PATTERN).optional(),
  int8: z.boolean().default(true),
  device: z.enum(['auto', 'cpu', 'cuda']).optional(),
  threads: z.coerce.number().int().positive().optional(),
  licence: z.string().optional(),
  set: z.array(z.string()).default([]),
};
const inputSchema = z.object(trainingInput);
export type TrainingInput = z.infer<typeof inputSchema>;

export const DEFAULT_MINUTES = 30;

export function budgetOf({ maxMinutes, maxSteps }: TrainingInput): TrainingBudget {
  if (maxMinutes === undefined && maxSteps === undefined) return { maxMinutes: DEFAULT_MINUTES };
  return {
    ...(maxMinutes === undefined ? {} : { maxMinutes }),
    ...(maxSteps === undefined ? {} : { maxSteps }),
  };
}

/** What trainings of one command have in common. Throws usage error BAD_OPTION for a bad --set. */
export function requestOf(
  input: TrainingInput,
  split: TrainingRequest['split'],
): Omit<TrainingRequest, 'network' | 'budget' | 'id'> {
  // The split is what the training was prepared with: `askedSplit`.
  const { split: _asked, ...options } = moreOptions(input.set);
  return {
    application: input.name,
    seed: input.seed,
    split,
    int8: input.int8,
    licence: input.licence ?? null,
    options,
    machine: {
      ...(input.device === undefined ? {} : { device: input.device }),
      ...(input.threads === undefined ? {} : { threads: input.threads }),
    },
  };
}

const splitSchema = z
  .strictObject({ train: z.array(z.string()).min(1), validation: z.array(z.string()).default([]) })
  .refine(({ train, validation }) => !train.some((id) => validation.includes(id)), {
    message: 'a scene is in both',
  });

/** The split that `--set split={"train": [ids], "validation": [ids]}` asks for, in place of the scenes' own. Throws usage error BAD_OPTION. */
export function askedSplit({ set }: Pick<TrainingInput, 'set'>): z.infer<typeof splitSchema> | null {
  const { split } = moreOptions(set);
  if (split === undefined) return null;
  const parsed = splitSchema.safeParse(split);
  if (parsed.success) return parsed.data;
  throw usageError('BAD_OPTION', `--set split=${JSON.stringify(split)}: ${z.prettifyError(parsed.error)}`, {
    hint: 'Name scenes by their ids: --set split=\'{"train": ["west", "north"], "validation": ["east"]}\'.',
  });
}

/** The one network of a training, null where none was named. Throws usage error BAD_OPTION for several. */
export function oneNetwork({ network }: TrainingInput): string | null {
  if (network === undefined || network.length === 1) return network?.[0] ?? null;
  throw usageError('BAD_OPTION', `--network ${network.join(',')}: this training takes one network.`, {
    hint: 'Several are for recipes with a model for each bucket (scratch, distilled): each bucket takes the smallest that does.',
  });
}

export const trainingPorts = (context: CommandContext, home: TrainerHome): TrainingPorts => ({
  root: context.workspace,
  home,
  progress: context.progress,
  signal: context.signal,
  log: context.log,
  env: context.env,
});

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
