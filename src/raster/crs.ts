import { inputError } from '../core/errors.ts';
import type { LonLat } from '../geo/ground-distance.ts';
import { gdal, gdalMessage, type SpatialReference } from './gdal.ts';

/** Runs `make` with coordinates in the order of rasters and GIS files (x or longitude first), whatever the authority says. */
function inGisOrder<T>(make: () => T): T {
  gdal.config.set('OSR_DEFAULT_AXIS_MAPPING_STRATEGY', 'TRADITIONAL_GIS_ORDER');
  try {
    return make();
  } finally {
    gdal.config.set('OSR_DEFAULT_AXIS_MAPPING_STRATEGY', null);
  }
}

/** A CRS from `EPSG:n`, WKT or PROJ text; coordinates are x (longitude) first. Throws input error BAD_CRS. */
export function parseCrs(text: string): SpatialReference {
  try {
    return inGisOrder(() => gdal.SpatialReference.fromUserInput(text));
  } catch (error) {
    throw inputError('BAD_CRS', `'${text}' is no CRS that is known here: ${gdalMessage(error)}`, {
      hint: 'Give an EPSG code, for example `EPSG:32645`.',
      context: { crs: text },
      cause: error,
    });
  }
}

/** The map from CRS coordinates (x first) to WGS 84 degrees. It throws where a point has no place on the ground. */
export function lonLatTransform(srs: SpatialReference): (x: number, y: number) => LonLat {
  const source = parseCrs(srs.toWKT());
  const transform = new gdal.CoordinateTransformation(source, parseCrs('OGC:CRS84'));
  return (x, y) => {
    const point = transform.transformPoint(x, y);
    return [point.x, point.y];
  };
}

/** The map from one CRS to another (x first), both as text; null where a point has no place in the other. */
export function crsTransform(
  from: string,
  to: string,
): (x: number, y: number) => [x: number, y: number] | null {
  const transform = new gdal.CoordinateTransformation(parseCrs(from), parseCrs(to));
  return (x, y) => {
    try {
      const point = transform.transformPoint(x, y);
      return Number.isFinite(point.x) && Number.isFinite(point.y) ? [point.x, point.y] : null;
    } catch {
      return null;
    }
  };
}

/** `AUTHORITY:code` where the CRS carries one or GDAL finds it, and its WKT in the 2019 form. */
export function describeCrs(srs: SpatialReference): { code: string | null; wkt2: string } {
  return { code: codeOf(srs), wkt2: wkt2Of(srs) };
}

function codeOf(srs: SpatialReference): string | null {
  const known = srs.clone();
  if (authorityCode(known) === null) {
    try {
      known.autoIdentifyEPSG();
    } catch {
      return null;
    }
  }
  return authorityCode(known);
}

function authorityCode(srs: SpatialReference): string | null {
  const [name, code] = [srs.getAuthorityName(null), srs.getAuthorityCode(null)];
  return name && code ? `${name}:${code}` : null;
}

function wkt2Of(srs: SpatialReference): string {
  gdal.config.set('OSR_WKT_FORMAT', 'WKT2_2019');
  try {
    return srs.toWKT();
  } finally {
    gdal.config.set('OSR_WKT_FORMAT', null);
  }
}
