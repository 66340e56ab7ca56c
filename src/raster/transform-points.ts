import { inputError } from '../core/errors.ts';
import { parseCrs } from './crs.ts';
import { gdal, gdalMessage } from './gdal.ts';

/** Maps points (x, y in turn) into new ones, in another CRS. */
export type PointTransform = (points: Float64Array) => Float64Array;

const HEADER_BYTES = 9;
const WKB_LINE_STRING = 2;

/**
 * The map from one CRS to another (as text; x or longitude first), for many points at once: a fifth of a microsecond
 * each. Throws input error NO_PLACE where a point has none in the other CRS.
 */
export function pointTransform(from: string, to: string): PointTransform {
  const [source, target] = [parseCrs(from), parseCrs(to)];
  if (source.isSame(target)) return (points) => points;
  const transform = new gdal.CoordinateTransformation(source, target);
  return (points) => {
    if (points.length === 0) return points;
    // GDAL takes a line of two points or more.
    const line = points.length === 2 ? Float64Array.of(...points, ...points) : points;
    const wkb = Buffer.alloc(HEADER_BYTES + line.byteLength);
    wkb[0] = 1;
    wkb.writeUInt32LE(WKB_LINE_STRING, 1);
    wkb.writeUInt32LE(line.length / 2, 5);
    wkb.set(new Uint8Array(line.buffer, line.byteOffset, line.byteLength), HEADER_BYTES);
    const geometry = gdal.Geometry.fromWKB(wkb);
    try {
      geometry.transform(transform);
    } catch (error) {
      throw inputError('NO_PLACE', `A point has no place in ${to.slice(0, 60)}: ${gdalMessage(error)}`, {
        hint: 'Choose a CRS that covers the map, with --crs, or none.',
        cause: error,
      });
    }
    const moved = geometry.toWKB('LSB');
    const out = new Float64Array(points.length);
    const view = new DataView(moved.buffer, moved.byteOffset, moved.byteLength);
    for (let i = 0; i < out.length; i += 1) out[i] = view.getFloat64(HEADER_BYTES + 8 * i, true);
    return out;
  };
}
