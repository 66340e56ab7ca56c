import gdal from 'gdal-async';

/** Block cache of each process: enough for a strip of blocks of a wide scene, small enough for many workers. */
const CACHE_MIB = 64;

gdal.quiet();
gdal.config.set('GDAL_CACHEMAX', String(CACHE_MIB));
gdal.config.set('GDAL_PAM_ENABLED', 'YES');
// Statistics and masks are ours; nothing may be written beside a source that is read in place.
gdal.config.set('GDAL_TIFF_INTERNAL_MASK', 'YES');
gdal.config.set('GDAL_HTTP_TIMEOUT', '60');
gdal.config.set('GDAL_HTTP_CONNECTTIMEOUT', '15');
gdal.config.set('GDAL_HTTP_MAX_RETRY', '3');
gdal.config.set('GDAL_HTTP_RETRY_DELAY', '1');

/** GDAL, configured once: silent (its messages come back in errors), with a modest block cache, patient with networks. */
export { gdal };
export type { Dataset, RasterBand, SpatialReference } from 'gdal-async';

/** Stands for a reason where GDAL gives none. */
export const NO_REASON = 'GDAL gave no reason';

/** What GDAL says of a thrown value, on one line. */
export function gdalMessage(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.replace(/\s+/g, ' ').trim() || NO_REASON;
}
