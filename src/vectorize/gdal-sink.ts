import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { temporaryBeside } from '../core/atomic-file.ts';
import { resourceError } from '../core/errors.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal, gdalMessage, NO_REASON, type Dataset } from '../raster/gdal.ts';
import type { MappedObject } from './schema.ts';
import type { SinkRequest, VectorSink } from './vector-sink.ts';
import { polygonsToWkb } from '../geo/polygon-wkb.ts';

const DRIVERS = { fgb: 'FlatGeobuf', gpkg: 'GPKG' } as const;

/** Fields of the layer with GDAL's types, in order. */
const FIELDS = [
  ['id', gdal.OFTString],
  ['class', gdal.OFTString],
  ['value', gdal.OFTInteger],
  ['area_m2', gdal.OFTReal],
  ['perimeter_m', gdal.OFTReal],
  ['pixels', gdal.OFTInteger64],
  ['confidence', gdal.OFTReal],
  ['bucket', gdal.OFTInteger],
  ['seam_share', gdal.OFTReal],
  ['scene', gdal.OFTString],
  ['run', gdal.OFTString],
] as const;

const valuesOf = (object: MappedObject) => ({
  id: object.id,
  class: object.name,
  value: object.value,
  area_m2: object.areaM2,
  perimeter_m: object.perimeterM,
  pixels: object.pixels,
  confidence: object.confidence,
  bucket: object.bucket,
  seam_share: object.seamShare,
  scene: object.scene,
  run: object.run,
});

/** FlatGeobuf (indexed) or GeoPackage, by GDAL; in a folder of its own until it is finished, since both need more files. */
export async function openGdalSink({ path, format, layer: name, crs }: SinkRequest): Promise<VectorSink> {
  const driver = DRIVERS[format as keyof typeof DRIVERS];
  const folder = temporaryBeside(path);
  await mkdir(dirname(path), { recursive: true });
  await mkdir(folder);
  const file = join(folder, basename(path));
  const dataset = gdal.open(file, 'w', driver);
  const layer = dataset.layers.create(name, parseCrs(crs), gdal.wkbUnknown, []);
  for (const [field, type] of FIELDS) layer.fields.add(new gdal.FieldDefn(field, type));
  let closed = false;
  return {
    write(objects) {
      try {
        if (format === 'gpkg') execute(dataset, 'BEGIN');
        for (const object of objects) {
          const feature = new gdal.Feature(layer);
          feature.fields.set(valuesOf(object));
          feature.setGeometry(gdal.Geometry.fromWKB(Buffer.from(polygonsToWkb(object.polygons))));
          layer.features.add(feature);
        }
        if (format === 'gpkg') execute(dataset, 'COMMIT');
      } catch (error) {
        return Promise.reject(cannotWrite(path, error));
      }
      return Promise.resolve();
    },
    async finish() {
      try {
        closed = true;
        dataset.close();
      } catch (error) {
        throw cannotWrite(path, error);
      }
      await rename(file, path);
      await rm(folder, { recursive: true, force: true });
    },
    async abort() {
      try {
        if (!closed) dataset.close();
      } catch {
        // What cannot be closed is removed all the same.
      }
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    },
  };
}

/** A statement without a result: gdal-async throws for want of one, without a reason. */
function execute(dataset: Dataset, statement: string): void {
  try {
    dataset.executeSQL(statement);
  } catch (error) {
    if (gdalMessage(error) !== NO_REASON) throw error;
  }
}

const cannotWrite = (path: string, error: unknown) =>
  resourceError('VECTOR_WRITE_FAILED', `${path} cannot be written: ${gdalMessage(error)}`, {
    hint: 'See whether the disk is full, and that the folder can be written to.',
    context: { file: path },
    cause: error,
  });
