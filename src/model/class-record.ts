import { z } from 'zod';

/** Value of pixels that carry no statement: no label, or no data. In label rasters and in class maps. */
export const NO_CLASS = 255;

export const classSchema = z.object({
  /** 1..254; 0 is background. */
  id: z.int().min(1).max(254),
  name: z.string().min(1),
  colour: z.string().regex(/^#[0-9a-f]{6}$/),
});
export type ClassRecord = z.infer<typeof classSchema>;
