import { join } from 'node:path';
import { z } from 'zod';
import { quoted, withDatabase } from './database.ts';

/** A chip's corner on its scene's grid at the gallery's GSD, its bucket, and the bits between its code and the bucket's. */
export interface SceneCell {
  readonly x: number;
  readonly y: number;
  readonly bucket: number;
  readonly distance: number;
}

const rowSchema = z.tuple([z.number(), z.number(), z.number(), z.number()]);

/** All chips of one scene of the gallery, as they lie in it. */
export const sceneCells = (folder: string): Promise<SceneCell[]> =>
  withDatabase(async (connection) => {
    const from = `read_parquet(${quoted(join(folder, 'chips.parquet'))})`;
    const found = await connection.runAndReadAll(`SELECT x, y, bucket, distance FROM ${from}`);
    return found.getRows().map((row) => {
      const [x, y, bucket, distance] = rowSchema.parse(row);
      return { x, y, bucket, distance };
    });
  });
