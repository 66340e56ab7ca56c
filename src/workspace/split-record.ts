import { join } from 'node:path';
import { z } from 'zod';
import { applicationFolder } from './layout.ts';
import { SPLITS } from './scene-record.ts';
import { readRecordIfAny, writeRecord } from './workspace.ts';

/** Blocks of ground of one scene: a grid of squares over it, each in one split. */
export const blockSplitSchema = z.object({
  /** Side of a block, pixels of the working grid. */
  blockPixels: z.int().positive(),
  /** Training labels nearer than this to a block of another split are left out, pixels of the working grid. */
  guardPixels: z.int().nonnegative(),
  columns: z.int().positive(),
  rows: z.int().positive(),
  /** Row by row. */
  splits: z.array(z.enum(SPLITS)),
});
export type BlockSplit = z.infer<typeof blockSplitSchema>;

/** `applications/<app>/split.json`: the splits of scenes that were added without one. */
export const splitPlanSchema = z.object({
  version: z.literal(1),
  application: z.string(),
  created: z.string(),
  by: z.enum(['place', 'blocks']),
  seed: z.int(),
  validation: z.number(),
  test: z.number(),
  /** By place: whole scenes. */
  scenes: z.record(z.string(), z.enum(SPLITS)),
  /** By blocks: parts of scenes. */
  blocks: z.record(z.string(), blockSplitSchema),
});
export type SplitPlan = z.infer<typeof splitPlanSchema>;

const splitFile = (root: string, app: string) => join(applicationFolder(root, app), 'split.json');

/** The split that `resflow split make` wrote; null where there is none. */
export const readSplitPlan = (root: string, app: string): Promise<SplitPlan | null> =>
  readRecordIfAny(splitFile(root, app), splitPlanSchema);

export const writeSplitPlan = (root: string, plan: SplitPlan): Promise<void> =>
  writeRecord(splitFile(root, plan.application), plan);
