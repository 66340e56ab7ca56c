import { z } from 'zod';
import { ID_PATTERN } from '../core/ids.ts';

const meetingsSchema = z.object({ sum: z.number(), pixels: z.int() });
const bothSchema = z.object({ inside: meetingsSchema, borders: meetingsSchema });

/** One scene of a run, all regions of which are finished: its parts are to become its map. */
export const assemblyTaskSchema = z.object({
  version: z.literal(1),
  kind: z.literal('scene-assembly'),
  id: z.string().regex(ID_PATTERN),
  /** The run, whose record and plan say how and from which parts. */
  run: z.string().regex(ID_PATTERN),
  scene: z.string().regex(ID_PATTERN),
  /** Of a large scene: one share of the layers' bytes and of the seams; absent: everything. */
  stage: z.object({ index: z.int().nonnegative(), count: z.int().positive() }).optional(),
});
export type AssemblyTask = z.infer<typeof assemblyTaskSchema>;

/** What was published: addresses of the layers and of the map's STAC Item, and the seams between its regions. */
export const assemblyReportSchema = z.object({
  task: z.string(),
  /** null: of a share. */
  map: z.object({ layers: z.record(z.string(), z.string()), item: z.string() }).nullable(),
  seams: bothSchema.extend({ steps: bothSchema }),
  seconds: z.object({ total: z.number() }),
});
export type AssemblyReport = z.infer<typeof assemblyReportSchema>;
