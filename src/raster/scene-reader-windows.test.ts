import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeRaster, type RasterRecipe } from '../../tests/fixtures/make-raster.ts';
import { gridOf, HOLED, SIZE, specOf, wholeOf } from '../../tests/fixtures/scene-reading.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { randomInt, seededRandom } from '../core/random.ts';
import { gdal } from './gdal.ts';
import type { PixelBlock } from './pixel-block.ts';
import { openSceneReader } from './scene-reader.ts';
const folder = temporaryFolder('reader');
let made = 0;
const make = (recipe: RasterRecipe) => makeRaster(join(folder, `raster-${made++}.tif`), recipe);

/** Samples of a block that differ from the same ones of the whole; beyond the whole, all must be invalid and 0. */
function differing(whole: PixelBlock, part: PixelBlock): number {
  const { window: w } = part;
  const [W, H] = [whole.window.width, whole.window.height];
  let wrong = 0;
  for (let y = 0; y < w.height; y++) {
    for (let x = 0; x < w.width; x++) {
      const [gx, gy] = [w.x + x, w.y + y];
      const inside = gx >= 0 && gy >= 0 && gx < W && gy < H;
      const at = y * w.width + x;
      if (part.valid[at] !== (inside ? whole.valid[gy * W + gx] : 0)) wrong++;
      for (let b = 0; b < part.bands; b++) {
        const expected = inside ? whole.data[b * W * H + gy * W + gx] : 0;
        if (!Object.is(part.data[b * w.width * w.height + at], expected)) wrong++;
      }
    }
  }
  return wrong;
}

describe('every pixel is a function of scene and grid, never of the window', () => {
  const scales: [number, number][] = [
    [1, 1],
    [2, 2],
    [2.37, 2.37],
    [0.61, 0.61],
    [0.7, 1.9],
    [7.5, 7.5],
    [1, 0.5],
  ];
  for (const [name, { recipe, rule, bands }] of Object.entries(HOLED)) {
    it(`holds for ${name}`, async () => {
      const href = make(recipe);
      const spec = specOf(href, SIZE, { bands, noData: rule });
      const random = seededRandom(11);
      for (const [sx, sy] of scales) {
        const grid = gridOf(SIZE, sx, sy);
        const reader = await openSceneReader(spec, grid);
        const whole = await reader.read(wholeOf(grid));
        const valid = whole.valid.reduce((sum, v) => sum + v, 0);
        expect(valid).toBeGreaterThan(0.5 * whole.valid.length);
        expect(valid).toBeLessThanOrEqual(whole.valid.length - (sx < 7 ? 1 : 0));
        for (let i = 0; i < 12; i++) {
          const width = 1 + randomInt(random, 40);
          const height = 1 + randomInt(random, 40);
          const x = randomInt(random, grid.width + 20) - 20;
          const y = randomInt(random, grid.height + 20) - 20;
          expect(differing(whole, await reader.read({ x, y, width, height }))).toBe(0);
        }
        reader.close();
      }
    });
  }
});

it('holds for virtual rasters that average their sources, where GDAL itself breaks it', async () => {
  const source = gdal.open(make({ ...SIZE, bands: 2 }));
  const href = join(folder, 'averaging.vrt');
  const size = { width: 131, height: 107 };
  gdal.translate(href, source, ['-of', 'VRT', '-outsize', '131', '107', '-r', 'average']).close();
  source.close();
  for (const scale of [1, 1.6]) {
    const grid = gridOf(size, scale);
    const reader = await openSceneReader(specOf(href, size, { bands: [2, 1] }), grid);
    const whole = await reader.read(wholeOf(grid));
    for (const [x, y] of [
      [0, 0],
      [13, 7],
      [41, 29],
    ] as const) {
      expect(differing(whole, await reader.read({ x, y, width: 33, height: 27 }))).toBe(0);
    }
    reader.close();
  }
});
