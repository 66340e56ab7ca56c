import { randomBytes } from 'node:crypto';
import { inputError } from '../core/errors.ts';
import { gdal, gdalMessage } from './gdal.ts';
import { gdalPath } from './gdal-path.ts';

/** On the equator in the middle of UTM zone 31, where a metre of the grid is one of the ground to 0.04 %. */
const CRS = 'EPSG:32631';
const [EAST, NORTH] = [500000, 0];

/**
 * Gives a picture without a position one that makes its pixels `gsdMetres` on the ground. The result is a VRT in this
 * process's memory, for reading only; `remove` forgets it. Throws input error NOT_A_RASTER.
 */
export async function pretendPosition(
  href: string,
  gsdMetres: number,
): Promise<{ href: string; remove(): void }> {
  const virtual = `/vsimem/${randomBytes(6).toString('hex')}.vrt`;
  try {
    const source = await gdal.openAsync(gdalPath(href));
    const { x: width, y: height } = source.rasterSize;
    const corners = [EAST, NORTH, EAST + width * gsdMetres, NORTH - height * gsdMetres].map(String);
    const placed = gdal.translate(virtual, source, ['-of', 'VRT', '-a_srs', CRS, '-a_ullr', ...corners]);
    placed.close();
    source.close();
  } catch (cause) {
    throw inputError('NOT_A_RASTER', `${href} cannot be read as a picture: ${gdalMessage(cause)}`, {
      hint: 'Check that it is an image in a format GDAL reads, and that it is whole.',
      context: { file: href },
      cause,
    });
  }
  return { href: virtual, remove: () => gdal.vsimem.release(virtual) };
}
