import { join } from 'node:path';
import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { writeFileAtomic, writeJsonAtomic } from '../core/atomic-file.ts';
import { writeFolderOnce } from '../core/atomic-folder.ts';
import { geoParquetMetadata } from '../geo/geoparquet.ts';
import { chipFootprint, footprintWkb } from './chip-footprint.ts';
import { quoted, withDatabase } from '../geo/duckdb.ts';
import type { Footprint } from '../raster/geographic-polygons.ts';
import type { SceneEntry } from './scene-chips.ts';

/** Columns of chips.parquet, but for `place`, `acquired` and `href`, which are the scene's. */
const COLUMNS = `
  chip VARCHAR, x INTEGER, y INTEGER, valid_share FLOAT, code BLOB, cluster INTEGER, bucket INTEGER, distance SMALLINT,
  margin SMALLINT, novelty FLOAT, unknown BOOLEAN, xmin DOUBLE, ymin DOUBLE, xmax DOUBLE, ymax DOUBLE, geometry BLOB`;

/**
 * Publishes a scene's chips in one step: chips.parquet (GeoParquet 1.1, geometry in WGS 84), codes.bin (the codes alone,
 * in the same order, for searching) and scene.json in a folder that is renamed when whole. False where the scene is there
 * already: what is in a gallery is never rewritten.
 */
export function writeSceneChips(folder: string, entry: SceneEntry): Promise<boolean> {
  return writeFolderOnce(folder, async (temporary) => {
    await withDatabase((connection) => writeParquet(connection, join(temporary, 'chips.parquet'), entry));
    await writeFileAtomic(join(temporary, 'codes.bin'), Buffer.concat(entry.chips.map(({ code }) => code)));
    await writeJsonAtomic(join(temporary, 'scene.json'), entry.record);
  });
}

async function writeParquet(connection: DuckDBConnection, file: string, entry: SceneEntry): Promise<void> {
  await connection.run(`CREATE TABLE chips (${COLUMNS})`);
  const { bounds, types } = appendChips(await connection.createAppender('chips'), entry);
  const { record, chipPixels, gsdMetres } = entry;
  const acquired = record.acquired === null ? 'NULL' : quoted(record.acquired.replace(/Z$/, ''));
  const geo = JSON.stringify(geoParquetMetadata(types, bounds));
  await connection.run(`
    COPY (SELECT chip, ${quoted(record.scene)} AS scene_id, ${quoted(record.place)} AS place, ${acquired}::TIMESTAMP AS acquired,
        ${quoted(record.href)} AS href, x, y, ${chipPixels} AS width, ${chipPixels} AS height, ${gsdMetres}::DOUBLE AS gsd_metres,
        valid_share, code, cluster, bucket, distance, margin, novelty, unknown,
        {'xmin': xmin, 'ymin': ymin, 'xmax': xmax, 'ymax': ymax} AS bbox, geometry FROM chips)
    TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {geo: ${quoted(geo)}})`);
}

/** Appends all chips; what kinds of outlines they have, and the bounds of them all: null where one has no simple box. */
function appendChips(
  appender: DuckDBAppender,
  entry: SceneEntry,
): { bounds: readonly number[] | null; types: readonly string[] } {
  const { chips, chipPixels, transform, toLonLat } = entry;
  const boxes: Footprint['bbox'][] = [];
  const types = new Set<string>();
  for (const chip of chips) {
    const window = { x: chip.x, y: chip.y, width: chipPixels, height: chipPixels };
    const { geometry, bbox } = chipFootprint(window, transform, toLonLat);
    const [xmin, ymin, xmax, ymax] = bbox;
    boxes.push(bbox);
    types.add(geometry.type);
    appender.appendVarchar(chip.id);
    for (const value of [chip.x, chip.y]) appender.appendInteger(value);
    appender.appendFloat(chip.validShare);
    appender.appendBlob(chip.code);
    if (chip.cluster === null) appender.appendNull();
    else appender.appendInteger(chip.cluster);
    appender.appendInteger(chip.bucket);
    for (const value of [chip.distance, chip.margin]) appender.appendSmallInt(value);
    if (chip.novelty === null) appender.appendNull();
    else appender.appendFloat(chip.novelty);
    if (chip.unknown === null) appender.appendNull();
    else appender.appendBoolean(chip.unknown);
    for (const value of [xmin, ymin, xmax, ymax]) appender.appendDouble(value);
    appender.appendBlob(footprintWkb(geometry));
    appender.endRow();
  }
  appender.closeSync();
  return { bounds: boundsOf(boxes), types: [...types].sort() };
}

function boundsOf(boxes: readonly Footprint['bbox'][]): readonly number[] | null {
  if (boxes.length === 0 || boxes.some(([west, , east]) => west > east)) return null;
  return boxes.reduce(([west, south, east, north], box) => [
    Math.min(west, box[0]),
    Math.min(south, box[1]),
    Math.max(east, box[2]),
    Math.max(north, box[3]),
  ]);
}
