import { inputError } from '../../core/errors.ts';
import { noDataRule } from '../../ingest/no-data-rule.ts';
import { gdalPath, isRemote, isVirtual } from '../../raster/gdal-path.ts';
import { openRaster, type OpenRaster } from '../../raster/open-dataset.ts';
import type { DatasetPool } from './dataset-pool.ts';
import { gdalRaster, type RasterPlace } from './gdal-raster.ts';
import type { RasterSource } from './raster-source.ts';
import { layerSubject, type Subject } from './subject.ts';
import { fileVersion } from '../watched.ts';

/** Opens a file that a record names, as pictures are made of it. */
export const openFile = (
  pool: DatasetPool,
  { href, version }: { readonly href: string; readonly version: string },
  place: (raster: OpenRaster) => RasterPlace,
): Promise<RasterSource> =>
  gdalRaster(pool, { key: `${href} ${version}`, open: () => openRaster(href) }, place);

/** Opens a layer of a map; its file says where it lies and what its values mean. */
export async function openLayerFile(
  pool: DatasetPool,
  href: string,
  version: string,
): Promise<{ source: RasterSource; subject: Subject }> {
  let subject: Subject = { kind: 'classes', legend: [] };
  const source = await openFile(pool, { href, version }, (raster) => {
    subject = layerSubject(raster);
    return layerPlace(raster);
  });
  return { source, subject };
}

function layerPlace(raster: OpenRaster): RasterPlace {
  const { srs, geoTransform } = raster.dataset;
  if (srs === null || geoTransform === null) {
    throw inputError('NO_POSITION', `${raster.href} does not say where it lies.`, {
      hint: 'A file beside it (.aux.xml) may have been lost: run the map again.',
      context: { file: raster.href },
    });
  }
  const [a = 0, b = 1, c = 0, d = 0, e = 0, f = -1] = geoTransform;
  return { crs: srs.toWKT(), transform: [a, b, c, d, e, f], noData: noDataRule(raster, { kind: 'auto' }) };
}

/** What tells a local file from a later one of its name; nothing of others. */
export const hrefVersion = (href: string): Promise<string> =>
  isRemote(href) || isVirtual(href) ? Promise.resolve('') : fileVersion(gdalPath(href));
