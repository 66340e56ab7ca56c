import { join } from 'node:path';
import { z } from 'zod';
import { blobSchema, quoted, withDatabase } from '../geo/duckdb.ts';

/**
 * A chip's corner on its scene's grid at the gallery's GSD, its code, its bucket, the bits between the two, and how new
 * it looks; null where that was not asked.
 */
export interface SceneCell {
  readonly x: number;
  readonly y: number;
  readonly code: Uint8Array;
  readonly bucket: number;
  readonly distance: number;
  readonly novelty: number | null;
}

const rowSchema = z.tuple([
  z.number(),
  z.number(),
  blobSchema,
  z.number(),
  z.number(),
  z.number().nullable(),
]);

/** All chips of one scene of the gallery, as they lie in it; files of before there was novelty have no such column. */
export const sceneCells = (folder: string, withNovelty: boolean): Promise<SceneCell[]> =>
  withDatabase(async (connection) => {
    const from = `read_parquet(${quoted(join(folder, 'chips.parquet'))})`;
    const columns = `x, y, code, bucket, distance, ${withNovelty ? 'novelty' : 'NULL'}`;
    const found = await connection.runAndReadAll(`SELECT ${columns} FROM ${from}`);
    return found.getRows().map((row) => {
      const [x, y, code, bucket, distance, novelty] = rowSchema.parse(row);
      return { x, y, code, bucket, distance, novelty };
    });
  });
