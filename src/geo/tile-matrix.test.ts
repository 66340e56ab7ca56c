import { describe, expect, it } from 'vitest';
import { crsTransform } from '../raster/crs.ts';
import {
  isTile,
  pictureBox,
  project,
  scaleDenominatorAt,
  tileGrid,
  tileRange,
  WEB_MERCATOR_QUAD,
  WORLD_CRS84_QUAD,
  zoomOf,
} from './tile-matrix.ts';

describe('tile matrix sets', () => {
  it('have the scale denominators that OGC registers', () => {
    expect(scaleDenominatorAt(WEB_MERCATOR_QUAD, 0)).toBeCloseTo(559082264.0287178, 3);
    expect(scaleDenominatorAt(WEB_MERCATOR_QUAD, 18)).toBeCloseTo(2132.729583849784, 6);
    expect(scaleDenominatorAt(WORLD_CRS84_QUAD, 0)).toBeCloseTo(279541132.0143589, 3);
  });

  it('have the tiles of their levels and no others', () => {
    expect(isTile(WEB_MERCATOR_QUAD, { z: 3, x: 7, y: 7 })).toBe(true);
    expect(isTile(WEB_MERCATOR_QUAD, { z: 3, x: 8, y: 0 })).toBe(false);
    expect(isTile(WORLD_CRS84_QUAD, { z: 3, x: 15, y: 7 })).toBe(true);
    expect(isTile(WORLD_CRS84_QUAD, { z: 3, x: 15, y: 8 })).toBe(false);
    for (const z of [-1, 25, 1.5, Number.NaN])
      expect(isTile(WEB_MERCATOR_QUAD, { z, x: 0, y: 0 })).toBe(false);
  });

  it('project as GDAL does', () => {
    const gdals = crsTransform('OGC:CRS84', 'EPSG:3857')(85.52, 27.63);
    const [x, y] = project(WEB_MERCATOR_QUAD, 85.52, 27.63);
    expect(x).toBeCloseTo(gdals?.[0] ?? 0, 4);
    expect(y).toBeCloseTo(gdals?.[1] ?? 0, 4);
  });

  it('a tile covers what the tile of its address covers', () => {
    // Published bounds of tile 16/48336/27549 (morecantile 7.1).
    const box = pictureBox(tileGrid(WEB_MERCATOR_QUAD, { z: 16, x: 48336, y: 27549 })) ?? [];
    expect(box[0]).toBeCloseTo(85.517578125, 9);
    expect(box[2]).toBeCloseTo(85.5230712890625, 9);
    expect(tileRange(WEB_MERCATOR_QUAD, 16, [85.518, 27.6, 85.5229, 27.7])).toMatchObject({
      minColumn: 48336,
      maxColumn: 48336,
    });
  });

  it('a box that ends at a tile edge does not take the next tile', () => {
    expect(tileRange(WORLD_CRS84_QUAD, 1, [0, 0, 90, 90])).toEqual({
      minColumn: 2,
      maxColumn: 2,
      minRow: 0,
      maxRow: 0,
    });
    expect(tileRange(WORLD_CRS84_QUAD, 1, [170, -10, -170, 10])).toMatchObject({
      minColumn: 0,
      maxColumn: 3,
    });
  });

  it('the zoom of a pixel size is the one that loses nothing', () => {
    expect(zoomOf(WEB_MERCATOR_QUAD, 156543.03392804097)).toBe(0);
    expect(zoomOf(WEB_MERCATOR_QUAD, 0.149)).toBe(20);
    expect(zoomOf(WEB_MERCATOR_QUAD, 0.13)).toBe(21);
  });
});
