import { availableParallelism, totalmem } from 'node:os';
import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import type { OptionSpec } from './command.ts';

/** "4GiB", "512MiB", "2g", or a plain number of bytes, as MiB. */
export function parseMemoryMiB(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$/i.exec(text);
  if (match === null) {
    throw usageError('BAD_MEMORY', `'${text}' is not an amount of memory.`, {
      hint: 'Write 4GiB, 512MiB or bytes.',
    });
  }
  const power = ' kmgt'.indexOf((match[2] ?? '').toLowerCase() || ' ');
  return (Number(match[1]) * 1024 ** power) / 1024 ** 2;
}

/** Half of the machine's memory, at most 16 GiB, where the user names no limit. */
export const defaultMemoryMiB = (): number => Math.min(16 * 1024, totalmem() / 2 / 1024 ** 2);

export const defaultWorkers = (): number => Math.max(1, availableParallelism());

/** Options that `map plan` and `map run` share. */
export const MAP_OPTIONS: readonly OptionSpec[] = [
  { flags: '--scenes <ids>', description: 'scenes to map, separated by commas' },
  { flags: '--all', description: 'map every scene of the workspace' },
  {
    flags: '--model <model>',
    description:
      'mono (the newest), a model id, gallery (the newest; each bucket by its own model), gallery-ID, or noop (computes nothing; for measuring) [mono]',
  },
  { flags: '--variant <name>', description: 'float32 or int8 [what the card says is best here]' },
  {
    flags: '--gsd <metres>',
    description: "working GSD in metres on the ground, or own for the scene's own grid [the model's]",
  },
  {
    flags: '--core <pixels>',
    description: 'side of the part of a chip that is kept [1024, or what a fixed input allows]',
  },
  {
    flags: '--halo <pixels>',
    description:
      "context around it that is read and dropped [the model's measured halo, at least its multiple]",
  },
  {
    flags: '--blend <pixels>',
    description:
      'blend chips over this many pixels at their edges; needs more chips [0; of a gallery 64 or the narrowest halo, only where models meet]',
  },
  {
    flags: '--soft <bits>',
    description:
      "of a gallery: ground whose margin is below so many bits is mapped by its two nearest buckets' models, the second one with a half of the say at most [off]",
  },
  {
    flags: '--yield <bits>',
    description:
      "of a gallery: a cell whose code is so many bits farther from a neighbour's bucket goes with that bucket's model where it saves a cell's arithmetic; 0: never [8]",
  },
  {
    flags: '--workers <n>',
    description:
      'worker processes, each on one core [as many as cores and memory allow]; on a Spark cluster the slots that are expected',
  },
  {
    flags: '--max-memory <amount>',
    description:
      'all processes together, such as 4GiB [half of the machine, at most 16GiB]; on a Spark cluster each worker [4GiB]',
  },
  {
    flags: '--region <pixels>',
    description: 'side of a region task, a multiple of 512 [4096, smaller where there are few]',
  },
];

const positive = z.coerce.number().positive();

export const mapInputSchema = z.object({
  name: z.string().min(1),
  scenes: z
    .string()
    .transform((text) => text.split(',').map((id) => id.trim()))
    .optional(),
  all: z.boolean().default(false),
  model: z.string().default('mono'),
  variant: z.enum(['float32', 'int8']).optional(),
  gsd: z.union([z.literal('own'), positive]).optional(),
  core: positive.int().optional(),
  halo: z.coerce.number().int().nonnegative().optional(),
  blend: z.coerce.number().int().nonnegative().optional(),
  soft: positive.int().optional(),
  yield: z.coerce.number().int().nonnegative().optional(),
  workers: positive.int().optional(),
  maxMemory: z.string().optional(),
  region: positive.int().optional(),
});
export type MapInput = z.infer<typeof mapInputSchema>;
