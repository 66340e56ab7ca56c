import { inputError } from '../core/errors.ts';
import { invertAffine, type Affine } from '../geo/affine.ts';
import { groundSampleDistance, type LonLat } from '../geo/ground-distance.ts';
import { lonLatTransform, parseCrs } from '../raster/crs.ts';
import type { SpatialReference } from '../raster/gdal.ts';
import type { OpenRaster } from '../raster/open-dataset.ts';

/** Where a raster lies. `toLonLat` maps CRS coordinates to WGS 84 degrees. */
export interface Georeference {
  readonly transform: Affine;
  readonly srs: SpatialReference;
  readonly crsAssigned: boolean;
  readonly toLonLat: (x: number, y: number) => LonLat;
  readonly gsdColumns: number;
  readonly gsdRows: number;
}

/** What GDAL gives for a raster without a position. */
const isNoTransform = (t: readonly number[]): boolean => t.join() === '0,1,0,0,0,1';

/**
 * Reads where a raster lies; `crs` is what the user says where the file is silent (or wrong).
 * Throws input errors GCP_ONLY, NO_CRS, NO_GEOTRANSFORM, BAD_GEOTRANSFORM, BAD_CRS, OFF_THE_EARTH.
 */
export function georeference(raster: OpenRaster, crs: string | null): Georeference {
  const { dataset, href } = raster;
  const found = dataset.geoTransform;
  const positioned = found !== null && !isNoTransform(found);
  if (!positioned && dataset.getGCPs().length > 0) throw gcpOnly(href);
  const srs = crs === null ? dataset.srs : parseCrs(crs);
  if (srs === null) throw noCrs(href);
  if (!positioned) throw noTransform(href);
  const transform = affineOf(href, found);
  const toLonLat = onEarth(href, lonLatTransform(srs));
  const gsd = groundSampleDistance({ width: raster.width, height: raster.height, transform }, toLonLat);
  if (!(gsd.columns > 0 && gsd.rows > 0 && Number.isFinite(gsd.columns * gsd.rows)))
    throw badTransform(href, found);
  return { transform, srs, crsAssigned: crs !== null, toLonLat, gsdColumns: gsd.columns, gsdRows: gsd.rows };
}

function affineOf(href: string, found: readonly number[]): Affine {
  const [a0, a1, a2, a3, a4, a5] = found;
  if (found.length !== 6 || !found.every(Number.isFinite)) throw badTransform(href, found);
  const transform: Affine = [a0 ?? 0, a1 ?? 0, a2 ?? 0, a3 ?? 0, a4 ?? 0, a5 ?? 0];
  try {
    invertAffine(transform);
  } catch {
    throw badTransform(href, found);
  }
  return transform;
}

function onEarth(href: string, map: (x: number, y: number) => LonLat): (x: number, y: number) => LonLat {
  return (x, y) => {
    let lonLat: LonLat | null = null;
    try {
      lonLat = map(x, y);
    } catch {
      // Reported below with the point.
    }
    if (lonLat !== null && Number.isFinite(lonLat[0]) && Math.abs(lonLat[1]) <= 90.0001) return lonLat;
    throw inputError(
      'OFF_THE_EARTH',
      `${href}: the point (${x}, ${y}) of its CRS is nowhere on the ground.`,
      {
        hint: 'Its CRS or geotransform is wrong; give the right CRS with `--crs EPSG:n`.',
        context: { file: href, x, y },
      },
    );
  };
}

const gcpOnly = (href: string) =>
  inputError('GCP_ONLY', `${href} is positioned by ground control points alone; it has no geotransform.`, {
    hint: 'Rectify it first: gdalwarp -t_srs EPSG:n IN OUT',
    context: { file: href },
  });

const noCrs = (href: string) =>
  inputError('NO_CRS', `${href} does not say which coordinate reference system it is in.`, {
    hint: 'If you know it, add the scene with `--crs EPSG:n`.',
    context: { file: href },
  });

const noTransform = (href: string) =>
  inputError('NO_GEOTRANSFORM', `${href} has no position: neither a geotransform nor a world file.`, {
    hint: 'Give it one: gdal_translate -a_srs EPSG:n -a_ullr LEFT TOP RIGHT BOTTOM IN OUT',
    context: { file: href },
  });

const badTransform = (href: string, found: readonly number[]) =>
  inputError('BAD_GEOTRANSFORM', `${href}: its geotransform gives pixels without a size on the ground.`, {
    hint: 'Repair it with gdal_translate -a_ullr LEFT TOP RIGHT BOTTOM IN OUT',
    context: { file: href, transform: found.map((v) => (Number.isFinite(v) ? v : String(v))) },
  });
