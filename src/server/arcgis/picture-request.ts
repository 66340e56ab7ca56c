import type { PictureGrid } from '../../geo/tile-matrix.ts';
import { crsTransform, parseCrs } from '../../raster/crs.ts';
import { badRequest } from '../problem.ts';

/** The largest picture that is drawn, pixels a side. */
export const MOST_PIXELS = 2048;

/** ArcGIS's own numbers of Web Mercator. */
const WEB_MERCATOR = new Set([3857, 102100, 102113, 900913]);

/** A CRS by ArcGIS's number, or null where it is none that is known. Only numbers: no text of a request reaches GDAL. */
export function crsOfWkid(text: string): string {
  const digits = /^\s*(?:\{\s*"(?:latestWkid|wkid)"\s*:\s*)?(\d{4,6})\b/.exec(text)?.[1];
  const wkid = Number(digits);
  if (WEB_MERCATOR.has(wkid)) return 'EPSG:3857';
  if (wkid === 4326) return 'OGC:CRS84';
  try {
    if (digits !== undefined) parseCrs(`EPSG:${wkid}`);
    if (digits !== undefined) return `EPSG:${wkid}`;
  } catch {
    // As for no number at all.
  }
  throw badRequest(
    'BAD_SPATIAL_REFERENCE',
    'The spatial reference is none that is known.',
    'Give a number, such as 3857 or 4326.',
  );
}

export interface Extent {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** The grid of a picture of an extent given in one CRS, drawn in another. Throws 400 where there is none. */
export function pictureGrid(
  extent: Extent,
  from: string,
  to: string,
  size: readonly [number, number],
): PictureGrid {
  const { minX, minY, maxX, maxY } = from === to ? extent : extentIn(extent, from, to);
  const [width, height] = size;
  return {
    crs: to,
    width,
    height,
    transform: [minX, (maxX - minX) / width, 0, maxY, 0, (minY - maxY) / height],
  };
}

const STEPS = 8;

/** The box around an extent in another CRS, by points along its edges. */
function extentIn({ minX, minY, maxX, maxY }: Extent, from: string, to: string): Extent {
  const change = crsTransform(from, to);
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let i = 0; i <= STEPS; i++) {
    const [x, y] = [minX + ((maxX - minX) * i) / STEPS, minY + ((maxY - minY) * i) / STEPS];
    for (const point of [change(x, minY), change(x, maxY), change(minX, y), change(maxX, y)]) {
      if (point === null) continue;
      xs.push(point[0]);
      ys.push(point[1]);
    }
  }
  const extent = {
    minX: Math.min(...xs),
    minY: Math.min(...ys),
    maxX: Math.max(...xs),
    maxY: Math.max(...ys),
  };
  if (extent.maxX > extent.minX && extent.maxY > extent.minY) return extent;
  throw badRequest('BAD_EXTENT', 'The extent has no place in the spatial reference of the picture.');
}
