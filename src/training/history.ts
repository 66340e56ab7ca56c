import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { systemErrorCode } from '../core/errors.ts';

export const historyPointSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('train'),
    step: z.number(),
    seconds: z.number(),
    loss: z.number(),
    learningRate: z.number().optional(),
  }),
  z.object({
    kind: z.literal('validation'),
    step: z.number(),
    seconds: z.number(),
    loss: z.number().optional(),
    iou: z.number(),
    iouByPlace: z.record(z.string(), z.number().nullable()).optional(),
  }),
]);
export type HistoryPoint = z.infer<typeof historyPointSchema>;

/** The curves of a training, from its history.jsonl; none where there is no such file. Lines cut short by a crash are left out. */
export async function readHistory(file: string): Promise<HistoryPoint[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').flatMap((line) => {
    try {
      return [historyPointSchema.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}
