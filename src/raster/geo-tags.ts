import { randomUUID } from 'node:crypto';
import { gdal } from './gdal.ts';
import type { Affine } from '../geo/affine.ts';
import { TAGS, type TiffTag, type TiffType } from './tiff-tags.ts';

export interface GeoReference {
  readonly transform: Affine;
  /** null: without CRS. */
  readonly wkt: string | null;
}

const GEO_TAGS: readonly number[] = [
  TAGS.modelPixelScale,
  TAGS.modelTiepoint,
  TAGS.modelTransformation,
  TAGS.geoKeyDirectory,
  TAGS.geoDoubleParams,
  TAGS.geoAsciiParams,
];

/**
 * The GeoTIFF tags of a grid, as GDAL writes them: it makes a GeoTIFF of one pixel in memory, whose geo tags are taken
 * over. They do not depend on the image's size, and so every CRS and every transform that GDAL knows is right.
 */
export function geoTags(reference: GeoReference): TiffTag[] {
  return readClassicTags(onePixel(reference).tiff).filter(({ tag }) => GEO_TAGS.includes(tag));
}

/** The `<SRS>` element of GDAL's sidecar for the few CRSs (rotated poles) that GeoTIFF has no keys for; else null. */
export function sidecarSrs(reference: GeoReference): string | null {
  return /<SRS[^]*<\/SRS>/.exec(onePixel(reference).sidecar)?.[0] ?? null;
}

function onePixel(reference: GeoReference): { tiff: Buffer; sidecar: string } {
  const folder = `/vsimem/geo-tags-${randomUUID()}`;
  const name = `${folder}/one.tif`;
  const dataset = gdal.drivers.get('GTiff').create(name, 1, 1, 1, gdal.GDT_Byte);
  if (reference.wkt !== null) dataset.srs = gdal.SpatialReference.fromWKT(reference.wkt);
  dataset.geoTransform = [...reference.transform];
  dataset.close();
  const sidecar = gdal.fs.readDir(folder).includes('one.tif.aux.xml');
  return {
    tiff: gdal.vsimem.release(name),
    sidecar: sidecar ? gdal.vsimem.release(`${name}.aux.xml`).toString() : '',
  };
}

const TYPES_READ: Readonly<Record<number, { type: TiffType; bytes: number }>> = {
  2: { type: 'ascii', bytes: 1 },
  3: { type: 'short', bytes: 2 },
  4: { type: 'long', bytes: 4 },
  12: { type: 'double', bytes: 8 },
};

/** The tags of the first directory of a small little-endian classic TIFF. */
export function readClassicTags(tiff: Buffer): TiffTag[] {
  const start = tiff.readUInt32LE(4);
  const count = tiff.readUInt16LE(start);
  const tags: TiffTag[] = [];
  for (let index = 0; index < count; index++) {
    const at = start + 2 + 12 * index;
    const known = TYPES_READ[tiff.readUInt16LE(at + 2)];
    if (known === undefined) continue;
    const values = tiff.readUInt32LE(at + 4);
    const from = values * known.bytes <= 4 ? at + 8 : tiff.readUInt32LE(at + 8);
    tags.push({
      tag: tiff.readUInt16LE(at),
      type: known.type,
      values: readValues(tiff, { ...known, from, values }),
    });
  }
  return tags;
}

interface FieldPlace {
  readonly type: TiffType;
  readonly bytes: number;
  readonly from: number;
  readonly values: number;
}

function readValues(tiff: Buffer, { type, bytes, from, values }: FieldPlace): string | number[] {
  if (type === 'ascii') return tiff.toString('utf8', from, from + values - 1);
  return Array.from({ length: values }, (_, index) => {
    const at = from + index * bytes;
    return type === 'double' ? tiff.readDoubleLE(at) : tiff.readUIntLE(at, bytes);
  });
}
