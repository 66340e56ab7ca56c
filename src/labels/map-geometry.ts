import type { Geometry } from 'gdal-async';
import { applyAffine, type Affine } from '../geo/affine.ts';
import { turnsTowards } from '../geo/lon-lat-box.ts';
import { gdal } from '../raster/gdal.ts';

/** GeoJSON's geometries but for collections of mixed kinds. */
interface Shape {
  readonly type: string;
  readonly coordinates: unknown;
}

/** A geometry with every point mapped by an affine map (x, y) -> (x', y'). */
export function mapGeometry(geometry: Geometry, a: Affine): Geometry {
  const { type, coordinates } = JSON.parse(geometry.toJSON()) as Shape;
  return gdal.Geometry.fromGeoJson({ type, coordinates: mapped(a, coordinates) });
}

function mapped(a: Affine, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const [x, y] = value as unknown[];
  return typeof x === 'number' && typeof y === 'number'
    ? applyAffine(a, x, y)
    : value.map((part) => mapped(a, part));
}

/** A geometry in degrees, each of its parts turned round the earth to where it is nearest to a longitude. */
export function turnTowards(geometry: Geometry, lon: number): Geometry {
  const { minX, maxX } = geometry.getEnvelope();
  if (minX > lon - 180 && maxX < lon + 180) return geometry;
  const shape = JSON.parse(geometry.toJSON()) as Shape;
  if (!Array.isArray(shape.coordinates)) return geometry;
  const parts = shape.type.startsWith('Multi') ? shape.coordinates : [shape.coordinates];
  const turned = parts.map((part) => {
    const lons = lonsOf(part);
    const middle =
      (lons.reduce((a, b) => Math.min(a, b), Infinity) + lons.reduce((a, b) => Math.max(a, b))) / 2;
    return mapped([turnsTowards(middle, lon), 1, 0, 0, 0, 1], part);
  });
  const coordinates = shape.type.startsWith('Multi') ? turned : turned[0];
  return gdal.Geometry.fromGeoJson({ type: shape.type, coordinates });
}

function lonsOf(value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  const [x] = value as unknown[];
  return typeof x === 'number' ? [x] : value.flatMap(lonsOf);
}
