import { applyAffine, type Point } from '../geo/affine.ts';
import type { LonLat } from '../geo/ground-distance.ts';
import { gdal } from '../raster/gdal.ts';
import { geographicPolygons, ringArea, type Footprint } from '../raster/geographic-polygons.ts';
import type { Georeference } from './georeference.ts';
import type { ValidMask } from './valid-mask.ts';

/** Points per edge of a straight edge, as it may be curved in longitude and latitude. */
const EDGE_POINTS = 8;
/** Degrees of longitude between neighbours from which it is not plain which way round the earth they go. */
const FAR = 90;
/** Parts and holes smaller than this share of the valid pixels are left out. */
const LEAST_SHARE = 0.001;

interface RasterSize {
  readonly width: number;
  readonly height: number;
}

/**
 * The outline of a scene's valid pixels in WGS 84 degrees (see `geographicPolygons`), from the small mask, simplified
 * to about a pixel of it; the raster's outline where all of it is valid.
 */
export async function footprint(
  raster: RasterSize,
  place: Georeference,
  mask: ValidMask,
): Promise<Footprint> {
  const whole = mask.certain || mask.validCount === mask.valid.length;
  const polygons = whole ? [[box(raster)]] : await outline(raster, mask);
  return geographicPolygons(polygons.map((rings) => rings.map((ring) => toLonLatRing(ring, place))));
}

const box = ({ width, height }: RasterSize): Point[] => [
  [0, 0],
  [width, 0],
  [width, height],
  [0, height],
  [0, 0],
];

/** Polygons of the mask's valid pixels, rings in source pixels. */
async function outline(raster: RasterSize, mask: ValidMask): Promise<Point[][][]> {
  const cell = (raster.width * raster.height) / (mask.width * mask.height);
  const shapes = (await polygonise(mask)).map((rings) => {
    const scaled = rings.map((ring) =>
      ring.map(([x = 0, y = 0]): Point => [
        (x * raster.width) / mask.width,
        (y * raster.height) / mask.height,
      ]),
    );
    return { rings: scaled, areas: scaled.map((ring) => Math.abs(ringArea(ring)) / cell) };
  });
  shapes.sort((a, b) => (b.areas[0] ?? 0) - (a.areas[0] ?? 0));
  const least = mask.validCount * LEAST_SHARE;
  const kept = shapes.filter(({ areas }, i) => i === 0 || (areas[0] ?? 0) >= least);
  if (kept.length === 0) return [[box(raster)]];
  return kept.map(({ rings, areas }) => rings.filter((_, i) => i === 0 || (areas[i] ?? 0) >= least));
}

/** GDAL's polygons of the mask's valid pixels, simplified; rings in mask pixels. */
async function polygonise(mask: ValidMask): Promise<number[][][][]> {
  const driver = gdal.drivers.get('Memory');
  if (driver === null) throw new Error('GDAL was built without its Memory driver');
  const picture = gdal.open('', 'w', 'MEM', mask.width, mask.height, 1, gdal.GDT_Byte);
  const vectors = driver.create('');
  try {
    picture.geoTransform = [0, 1, 0, 0, 0, 1];
    const band = picture.bands.get(1);
    band.pixels.write(0, 0, mask.width, mask.height, mask.valid);
    const layer = vectors.layers.create('footprint', null, gdal.wkbPolygon);
    layer.fields.add(new gdal.FieldDefn('valid', gdal.OFTInteger));
    await gdal.polygonizeAsync({ src: band, dst: layer, mask: band, pixValField: 0, connectedness: 4 });
    return layer.features.map((feature) => {
      const simple = feature.getGeometry()?.simplifyPreserveTopology(1.5);
      return (simple?.toObject() as { coordinates: number[][][] } | undefined)?.coordinates ?? [];
    });
  } finally {
    picture.close();
    vectors.close();
  }
}

/** A ring in degrees, open; edges that bend, or go far round the earth, with points on their way. */
function toLonLatRing(ring: readonly Point[], place: Georeference): LonLat[] {
  const points: LonLat[] = [];
  const at = ([col, row]: Point): LonLat => place.toLonLat(...applyAffine(place.transform, col, row));
  for (let i = 0; i + 1 < ring.length; i++) {
    const [from, to] = [ring[i], ring[i + 1]];
    if (from === undefined || to === undefined) continue;
    const start = at(from);
    const end = at(to);
    points.push(start);
    const middle = at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]);
    if (Math.abs(end[0] - start[0]) < FAR && isStraight(start, end, middle)) continue;
    for (let k = 1; k < EDGE_POINTS; k++) {
      const t = k / EDGE_POINTS;
      points.push(at([from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]));
    }
  }
  return points;
}

/** Whether the middle of an edge lies on the straight line between its ends, to a thousandth of its length. */
function isStraight(a: LonLat, b: LonLat, middle: LonLat): boolean {
  const off = Math.hypot(middle[0] - (a[0] + b[0]) / 2, middle[1] - (a[1] + b[1]) / 2);
  return off <= 1e-4 * Math.hypot(b[0] - a[0], b[1] - a[1]);
}
