import { gdal } from '../raster/gdal.ts';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../core/random.ts';
import { buildCategories, NO_CATEGORY } from './categories.ts';
import { matchObjects } from './match-objects.ts';
import { ObjectTally, type ObjectOverlaps } from './object-tally.ts';
import { TooManyComponents, type Connectivity } from './run-components.ts';

const categories = buildCategories([{ id: 1, name: 'building', colour: '#ff0000' }], true);

/** Rows of text, `#` class 1, `.` background, `?` unknown. */
function raster(...rows: string[]): Uint8Array[] {
  return rows.map((row) => Uint8Array.from(row, (c) => (c === '#' ? 1 : c === '.' ? 0 : NO_CATEGORY)));
}

function tally(
  map: Uint8Array[],
  labels: Uint8Array[],
  connectivity: Connectivity = 4,
  objects?: Uint32Array[],
): ObjectOverlaps {
  const found = new ObjectTally({ width: map[0]?.length ?? 0, firstClass: 1, connectivity, limit: 1000 });
  map.forEach((row, y) => found.addRow(y, row, labels[y] ?? row, objects?.[y] ?? null));
  return found.finish();
}

const rule = { iou: 0.5, minPixels: 0, minJudgedShare: 0.5 };
const verdicts = (found: ObjectOverlaps, over = rule) =>
  matchObjects(found, over)
    .map(({ verdict }) => verdict)
    .sort();

/** GDAL's own count of the polygons of value 1, and their areas in pixels. */
function gdalAreas(data: Uint8Array, width: number, height: number, connectivity: Connectivity): number[] {
  const source = gdal.open('', 'w', 'MEM', width, height, 1, 'Byte');
  const band = source.bands.get(1);
  band.pixels.write(0, 0, width, height, data);
  const out = gdal.open('', 'w', 'Memory', 0, 0, 0, 'Byte');
  const layer = out.layers.create('p', null, gdal.wkbPolygon);
  layer.fields.add(new gdal.FieldDefn('v', gdal.OFTInteger));
  gdal.polygonize({ src: band, dst: layer, mask: band, pixValField: 0, connectedness: connectivity });
  const areas: number[] = [];
  layer.features.forEach((feature) => {
    areas.push((feature.getGeometry() as gdal.Polygon).getArea());
  });
  return areas.sort((a, b) => a - b);
}

describe('objects', () => {
  it.each([4, 8] as const)('are the polygons of GDAL, connectivity %i', (connectivity) => {
    const random = seededRandom(11);
    for (const [width, height, density] of [
      [61, 47, 0.4],
      [90, 33, 0.6],
      [1, 40, 0.5],
      [64, 1, 0.5],
    ] as const) {
      const data = Uint8Array.from({ length: width * height }, () => (random() < density ? 1 : 0));
      const rows = Array.from({ length: height }, (_, y) => data.subarray(y * width, (y + 1) * width));
      const { mapped } = tally(rows, rows, connectivity);
      expect(mapped.map(({ pixels }) => pixels).sort((a, b) => a - b)).toEqual(
        gdalAreas(data, width, height, connectivity),
      );
    }
  });

  it('have their centroid, and join from both sides of a U', () => {
    const rows = raster('#...#', '#...#', '#####');
    const { mapped } = tally(rows, rows);
    expect(mapped).toHaveLength(1);
    expect(mapped[0]).toMatchObject({ pixels: 9, judged: 9, centroidX: 2.5, centroidY: 16.5 / 9 });
  });

  it('match at IoU 0.5 and not below', () => {
    expect(verdicts(tally(raster('##..'), raster('#...')))).toEqual(['truePositive']);
    expect(verdicts(tally(raster('###.'), raster('#...')))).toEqual(['falseNegative', 'falsePositive']);
  });

  it('match one to one: a map object over two labels can have but one', () => {
    const found = tally(raster('######..'), raster('####.#..'));
    expect(verdicts(found)).toEqual(['falseNegative', 'truePositive']);
  });

  it('of different classes do not match', () => {
    const labels = raster('##');
    const map = labels.map((row) => row.map(() => 2));
    expect(verdicts(tally(map, labels))).toEqual(['falseNegative', 'falsePositive']);
  });

  it('lying mostly where nothing is labelled are left out; IoU looks at what can be judged', () => {
    expect(verdicts(tally(raster('####.'), raster('.????')))).toEqual([]);
    expect(verdicts(tally(raster('####'), raster('##??')))).toEqual(['truePositive']);
    expect(verdicts(tally(raster('??..'), raster('####')))).toEqual(['falseNegative']);
    expect(verdicts(tally(raster('???.'), raster('####')))).toEqual([]);
  });

  it('below the least size neither help nor harm', () => {
    const found = tally(raster('#..##..###'), raster('#...#..###'));
    expect(verdicts(found, { ...rule, minPixels: 2 })).toEqual(['truePositive']);
    expect(verdicts(tally(raster('##'), raster('##')), { ...rule, minPixels: 3 })).toEqual([]);
  });

  it('stay apart where labels come as numbered objects, and together though a gap divides them', () => {
    const labels = raster('####.#');
    const numbers = [Uint32Array.from([7, 7, 8, 8, 0, 8])];
    const { labelled } = tally(labels, labels, 4, numbers);
    expect(labelled.map(({ pixels }) => pixels)).toEqual([2, 3]);
  });

  it('are given up beyond the limit', () => {
    const found = new ObjectTally({ width: 6, firstClass: 1, connectivity: 4, limit: 2 });
    const row = raster('#.#.#.')[0] ?? new Uint8Array(6);
    expect(() => found.addRow(0, row, row)).toThrow(TooManyComponents);
  });

  it('keep categories straight', () => {
    expect(categories.firstClass).toBe(1);
    expect(categories.indexOf[1]).toBe(1);
    expect(categories.indexOf[77]).toBe(NO_CATEGORY);
  });
});
