import { mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gdalPixels, makeRaster, type RasterRecipe } from '../../tests/fixtures/make-raster.ts';
import { randomInt, seededRandom } from '../core/random.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { gdal } from './gdal.ts';
import type { PixelBlock } from './pixel-block.ts';
import { openSceneReader, type SceneSpec } from './scene-reader.ts';
import { identify } from './source-identity.ts';
import type { NoDataRule } from './source-record.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'resflow-reader-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
const make = (recipe: RasterRecipe, ending = 'tif') =>
  makeRaster(join(folder, `raster-${made++}.${ending}`), recipe);

const specOf = (
  href: string,
  size: { width: number; height: number },
  more: Partial<SceneSpec> = {},
): SceneSpec => ({
  href,
  bands: [1],
  noData: { kind: 'none' },
  identity: null,
  ...size,
  ...more,
});

const gridOf = (size: { width: number; height: number }, scaleX: number, scaleY = scaleX): WorkingGrid => ({
  width: Math.ceil(size.width / scaleX - 1e-3),
  height: Math.ceil(size.height / scaleY - 1e-3),
  scaleX,
  scaleY,
  transform: [0, scaleX, 0, 0, 0, -scaleY],
  gsdMetres: Math.sqrt(scaleX * scaleY),
});

const wholeOf = (grid: WorkingGrid): Window => ({ x: 0, y: 0, width: grid.width, height: grid.height });

async function readWindow(
  spec: SceneSpec,
  grid: WorkingGrid,
  window: Window = wholeOf(grid),
): Promise<PixelBlock> {
  const reader = await openSceneReader(spec, grid);
  try {
    return await reader.read(window);
  } finally {
    reader.close();
  }
}

/** Fails where a block differs from the same pixels of the whole; pixels beyond the whole must be invalid and 0. */
function expectPartOf(whole: PixelBlock, part: PixelBlock): void {
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
  expect(wrong, `pixels that depend on the window ${JSON.stringify(w)}`).toBe(0);
}

const SIZE = { width: 203, height: 167 };
const tiled = ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=32'];
const hole = (x: number, y: number) => (x - 90) ** 2 + (y - 70) ** 2 < 30 ** 2 || (x * 7 + y * 13) % 31 === 0;

/** A raster with a hole and specks of no data, for each way of saying so. */
const HOLED: Record<string, { recipe: RasterRecipe; rule: NoDataRule; bands: number[] }> = {
  'uint8 value': {
    recipe: {
      ...SIZE,
      bands: 3,
      options: tiled,
      pixel: (b, x, y, r) => (hole(x, y) ? 0 : 1 + Math.floor(r() * 254)),
    },
    rule: { kind: 'value', values: [0, 0, 0] },
    bands: [3, 1, 2],
  },
  'int16 value': {
    recipe: {
      ...SIZE,
      type: 'Int16',
      pixel: (b, x, y, r) => (hole(x, y) ? -9999 : Math.floor(r() * 60000) - 30000),
    },
    rule: { kind: 'value', values: [-9999] },
    bands: [1],
  },
  'float32 NaN': {
    recipe: {
      ...SIZE,
      bands: 2,
      type: 'Float32',
      options: ['INTERLEAVE=BAND'],
      pixel: (b, x, y, r) => (hole(x, y) ? Number.NaN : r() * 100 - 50),
    },
    rule: { kind: 'none' },
    bands: [1, 2],
  },
  'uint16 alpha': {
    recipe: {
      ...SIZE,
      bands: 4,
      type: 'UInt16',
      options: tiled,
      pixel: (b, x, y, r) => (b === 4 ? (hole(x, y) ? 0 : 65535) : Math.floor(r() * 65535)),
    },
    rule: { kind: 'alpha', band: 4 },
    bands: [1, 2, 3],
  },
  'uint8 mask': {
    recipe: {
      ...SIZE,
      bands: 3,
      finish: (dataset) => {
        dataset.bands.get(1).createMaskBand(2);
        const mask = Uint8Array.from({ length: SIZE.width * SIZE.height }, (_, i) =>
          hole(i % SIZE.width, Math.floor(i / SIZE.width)) ? 0 : 255,
        );
        dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, SIZE.width, SIZE.height, mask);
      },
    },
    rule: { kind: 'mask' },
    bands: [2, 3],
  },
  'uint8 colour': {
    recipe: { ...SIZE, bands: 3, pixel: (b, x, y, r) => (hole(x, y) ? 253 : Math.floor(r() * 250)) },
    rule: { kind: 'colour', colour: [255, 255, 255], tolerance: 2 },
    bands: [2],
  },
};

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
    it(name, async () => {
      const href = make(recipe);
      const spec = specOf(href, SIZE, { bands, noData: rule });
      const random = seededRandom(11);
      for (const [sx, sy] of scales) {
        const grid = gridOf(SIZE, sx, sy);
        const reader = await openSceneReader(spec, grid);
        const whole = await reader.read(wholeOf(grid));
        const valid = whole.valid.reduce((sum, v) => sum + v, 0);
        expect(valid).toBeGreaterThan(0.5 * whole.valid.length);
        if (sx < 7) expect(valid).toBeLessThan(whole.valid.length);
        for (let i = 0; i < 12; i++) {
          const width = 1 + randomInt(random, 40);
          const height = 1 + randomInt(random, 40);
          const x = randomInt(random, grid.width + 20) - 20;
          const y = randomInt(random, grid.height + 20) - 20;
          expectPartOf(whole, await reader.read({ x, y, width, height }));
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
      expectPartOf(whole, await reader.read({ x, y, width: 33, height: 27 }));
    }
    reader.close();
  }
});

describe('on the identity grid', () => {
  const layouts: Record<string, string[]> = {
    strips: [],
    tiles: tiled,
    'planar tiles': [...tiled, 'INTERLEAVE=BAND'],
    'deflate, one strip': ['COMPRESS=DEFLATE', 'BLOCKYSIZE=167'],
  };
  for (const type of ['Byte', 'UInt16', 'Int16', 'UInt32', 'Int32', 'Float32', 'Float64']) {
    for (const [layout, options] of Object.entries(layouts)) {
      it(`${type} in ${layout}: the pixels are GDAL's own`, async () => {
        const href = make({ ...SIZE, bands: 3, type, options });
        const block = await readWindow(specOf(href, SIZE, { bands: [1, 2, 3] }), gridOf(SIZE, 1));
        const count = SIZE.width * SIZE.height;
        expect(block.valid.every((v) => v === 1)).toBe(true);
        for (const b of [0, 1, 2]) {
          const own = gdalPixels(href, b + 1);
          const expected = block.type === 'float32' ? own.map(Math.fround) : own;
          const got = Float64Array.from(block.data.subarray(b * count, (b + 1) * count));
          expect(Buffer.compare(Buffer.from(got.buffer), Buffer.from(expected.buffer))).toBe(0);
        }
      });
    }
  }

  for (const bits of [1, 2, 4]) {
    it(`${bits}-bit samples come as bytes`, async () => {
      const href = make({ ...SIZE, options: [`NBITS=${bits}`], pixel: (b, x, y) => (x + y) % 2 ** bits });
      const block = await readWindow(specOf(href, SIZE), gridOf(SIZE, 1));
      expect(block.type).toBe('uint8');
      expect([...block.data.subarray(0, 40)]).toEqual(Array.from({ length: 40 }, (_, x) => x % 2 ** bits));
    });
  }

  it('int8 comes as int16 with its sign', async () => {
    const href = make({
      ...SIZE,
      options: ['PIXELTYPE=SIGNEDBYTE'],
      pixel: (b, x) => (256 + (x % 100) - 50) % 256,
    });
    const block = await readWindow(specOf(href, SIZE), gridOf(SIZE, 1));
    expect(block.type).toBe('int16');
    expect([...block.data.subarray(48, 53)]).toEqual([-2, -1, 0, 1, 2]);
  });

  it('no-data pixels are invalid and 0; a dark band alone is data', async () => {
    const href = make({
      width: 4,
      height: 1,
      bands: 2,
      noData: 0,
      pixel: (b, x) =>
        ([
          [0, 0],
          [0, 9],
          [9, 0],
          [9, 9],
        ][x] ?? [])[b - 1] ?? 0,
    });
    const rule: NoDataRule = { kind: 'value', values: [0, 0] };
    const block = await readWindow(
      specOf(href, { width: 4, height: 1 }, { bands: [1, 2], noData: rule }),
      gridOf({ width: 4, height: 1 }, 1),
    );
    expect([...block.valid]).toEqual([0, 1, 1, 1]);
  });

  it('a no-data value that cannot be light spoils a pixel in any band; infinities are never data', async () => {
    const size = { width: 4, height: 1 };
    const values = [
      [-9999, 5],
      [5, 5],
      [5, Number.POSITIVE_INFINITY],
      [5, -9999],
    ];
    const href = make({ ...size, bands: 2, type: 'Float64', pixel: (b, x) => values[x]?.[b - 1] ?? 0 });
    const rule: NoDataRule = { kind: 'value', values: [-9999, -9999] };
    const block = await readWindow(specOf(href, size, { bands: [1, 2], noData: rule }), gridOf(size, 1));
    expect([...block.valid]).toEqual([0, 1, 0, 0]);
    expect([...block.data]).toEqual([0, 5, 0, 0, 0, 5, 0, 0]);
  });

  it('a sidecar mask is used', async () => {
    const href = make({ ...SIZE });
    const dataset = gdal.open(href, 'r+');
    gdal.config.set('GDAL_TIFF_INTERNAL_MASK', 'NO');
    dataset.bands.get(1).createMaskBand(2);
    const mask = new Uint8Array(SIZE.width * SIZE.height).fill(255);
    mask[5] = 0;
    dataset.bands.get(1).getMaskBand()?.pixels.write(0, 0, SIZE.width, SIZE.height, mask);
    dataset.close();
    gdal.config.set('GDAL_TIFF_INTERNAL_MASK', 'YES');
    expect(readFileSync(`${href}.msk`).length).toBeGreaterThan(0);
    const block = await readWindow(specOf(href, SIZE, { noData: { kind: 'mask' } }), gridOf(SIZE, 1));
    expect(block.valid.findIndex((v) => v === 0)).toBe(5);
    expect(block.valid.reduce((sum, v) => sum + v, 0)).toBe(mask.length - 1);
  });
});

describe('averaging', () => {
  for (const type of ['Byte', 'UInt16', 'Float32']) {
    for (const factor of [2, 3, 4]) {
      it(`${type} by ${factor}: what GDAL averages`, async () => {
        const size = { width: 240, height: 180 };
        const href = make({ ...size, type });
        const grid = gridOf(size, factor);
        const block = await readWindow(specOf(href, size), grid);
        const dataset = gdal.open(href);
        const oracle = new Float64Array(grid.width * grid.height);
        const typed =
          type === 'Byte'
            ? new Uint8Array(oracle.length)
            : type === 'UInt16'
              ? new Uint16Array(oracle.length)
              : new Float32Array(oracle.length);
        dataset.bands.get(1).pixels.read(0, 0, size.width, size.height, typed, {
          buffer_width: grid.width,
          buffer_height: grid.height,
          resampling: 'Average',
        });
        oracle.set(typed);
        dataset.close();
        const tolerance = type === 'Float32' ? 1e-3 : 0;
        expect(block.data.findIndex((v, i) => Math.abs(v - (oracle[i] ?? Number.NaN)) > tolerance)).toBe(-1);
      });
    }
  }

  it('at fractional scales, with holes: the mean by area of the valid pixels, valid from half on', async () => {
    const rule: NoDataRule = { kind: 'value', values: [-9999] };
    const href = make(HOLED['int16 value']?.recipe ?? SIZE);
    const source = gdalPixels(href, 1);
    for (const scale of [1.3, 2.37, 5.5]) {
      const grid = gridOf(SIZE, scale);
      const block = await readWindow(specOf(href, SIZE, { noData: rule }), grid);
      for (let i = 0; i < block.valid.length; i++) {
        const { mean, share } = areaMean(source, i % grid.width, Math.floor(i / grid.width), scale);
        if (Math.abs(share - 0.5) < 1e-9) continue;
        expect(block.valid[i]).toBe(share > 0.5 ? 1 : 0);
        if (share > 0.5) expect(Math.abs((block.data[i] ?? 0) - mean)).toBeLessThanOrEqual(0.5 + 1e-6);
        else expect(block.data[i]).toBe(0);
      }
    }
  });

  function areaMean(
    source: Float64Array,
    ox: number,
    oy: number,
    scale: number,
  ): { mean: number; share: number } {
    let [sum, weight, total] = [0, 0, 0];
    for (let y = Math.floor(oy * scale); y < Math.min(SIZE.height, (oy + 1) * scale); y++) {
      for (let x = Math.floor(ox * scale); x < Math.min(SIZE.width, (ox + 1) * scale); x++) {
        const h = Math.min(y + 1, (oy + 1) * scale, SIZE.height) - Math.max(y, oy * scale);
        const w = Math.min(x + 1, (ox + 1) * scale, SIZE.width) - Math.max(x, ox * scale);
        const v = source[y * SIZE.width + x] ?? 0;
        total += w * h;
        if (v === -9999) continue;
        weight += w * h;
        sum += w * h * v;
      }
    }
    return { mean: sum / weight, share: weight / total };
  }

  it('rounds halves up, below zero too', async () => {
    const size = { width: 4, height: 2 };
    const href = make({
      ...size,
      type: 'Int16',
      pixel: (b, x, y) =>
        [
          [0, 1, -1, 0],
          [1, 0, 0, -1],
        ][y]?.[x] ?? 0,
    });
    const block = await readWindow(specOf(href, size), gridOf(size, 2));
    expect([...block.data]).toEqual([1, 0]);
  });

  it('takes the largest overview that still has the pixels', async () => {
    const size = { width: 512, height: 256 };
    const href = make({
      ...size,
      bands: 3,
      options: tiled,
      finish: (d) => d.buildOverviews('NEAREST', [2, 4]),
    });
    const dataset = gdal.open(href);
    const view = dataset.bands.get(2).overviews.get(1);
    const expected = new Uint8Array(128 * 64);
    view.pixels.read(0, 0, 128, 64, expected);
    dataset.close();
    const spec = specOf(href, size, { bands: [2] });
    expect([...(await readWindow(spec, gridOf(size, 4))).data]).toEqual([...expected]);
    // Between the levels: averaged from the finer one.
    const between = await readWindow(spec, gridOf(size, 3));
    const half = gdal.open(href);
    const fine = new Uint8Array(256 * 128);
    half.bands.get(2).overviews.get(0).pixels.read(0, 0, 256, 128, fine);
    half.close();
    const at = (x: number, y: number) => fine[y * 256 + x] ?? 0;
    const first = (at(0, 0) + 0.5 * at(1, 0) + 0.5 * at(0, 1) + 0.25 * at(1, 1)) / 2.25;
    expect(between.data[0]).toBe(Math.floor(first + 0.5));
  });
});

describe('bicubic', () => {
  const keys = (x: number) => {
    const t = Math.abs(x);
    return t < 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
  };

  it('is the convolution with Keys kernel, renormalised at edges and holes', async () => {
    const recipe = HOLED['float32 NaN']?.recipe ?? SIZE;
    const href = make(recipe);
    const source = gdalPixels(href, 1);
    const scale = 0.61;
    const grid = gridOf(SIZE, scale);
    const block = await readWindow(specOf(href, SIZE), grid);
    let checked = 0;
    for (let i = 0; i < block.valid.length; i += 7) {
      const [cx, cy] = [
        ((i % grid.width) + 0.5) * scale - 0.5,
        (Math.floor(i / grid.width) + 0.5) * scale - 0.5,
      ];
      let [sum, weight] = [0, 0];
      for (let y = Math.max(0, Math.floor(cy) - 1); y < Math.min(SIZE.height, Math.floor(cy) + 3); y++) {
        for (let x = Math.max(0, Math.floor(cx) - 1); x < Math.min(SIZE.width, Math.floor(cx) + 3); x++) {
          const v = source[y * SIZE.width + x] ?? 0;
          if (Number.isNaN(v)) continue;
          sum += keys(x - cx) * keys(y - cy) * v;
          weight += keys(x - cx) * keys(y - cy);
        }
      }
      if (block.valid[i] === 0) continue;
      checked++;
      expect(block.data[i]).toBeCloseTo(sum / weight, 3);
    }
    expect(checked).toBeGreaterThan(5000);
  });

  it('keeps integers in their range', async () => {
    const size = { width: 32, height: 32 };
    const href = make({ ...size, pixel: (b, x) => (x < 16 ? 0 : 255) });
    const block = await readWindow(specOf(href, size), gridOf(size, 0.5));
    expect(Math.max(...block.data)).toBe(255);
    expect([block.data[30], block.data[33]]).toEqual([0, 255]);
  });
});

describe('faults', () => {
  it('a file cut short fails with file, window, cause and hint', async () => {
    const href = make({ ...SIZE, options: tiled });
    const bytes = readFileSync(href);
    writeFileSync(href, bytes.subarray(0, bytes.length - 9000));
    await expect(readWindow(specOf(href, SIZE), gridOf(SIZE, 2))).rejects.toMatchObject({
      code: 'READ_FAILED',
      message: expect.stringMatching(
        /raster-\d+\.tif: reading \d+x\d+ at column \d+, row \d+ failed: ./,
      ) as string,
      hint: expect.stringContaining('cut short') as string,
    });
  });

  it('a source that was replaced is refused, and what changed is said', async () => {
    const href = make({ ...SIZE });
    const identity = await identify(href);
    make({ ...SIZE });
    makeRaster(href, { width: SIZE.width, height: SIZE.height + 3 });
    await expect(openSceneReader(specOf(href, SIZE, { identity }), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
      message: expect.stringContaining('size') as string,
    });
    await expect(openSceneReader(specOf(href, SIZE), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'SOURCE_CHANGED',
    });
  });

  it('a band that is not there is named', async () => {
    const href = make({ ...SIZE });
    await expect(openSceneReader(specOf(href, SIZE, { bands: [2] }), gridOf(SIZE, 1))).rejects.toMatchObject({
      code: 'BAND_MISSING',
    });
  });

  it('may be closed while it reads', async () => {
    const href = make({ ...SIZE, bands: 3 });
    const reader = await openSceneReader(specOf(href, SIZE, { bands: [1, 2, 3] }), gridOf(SIZE, 1.7));
    const reading = reader.read({ x: 0, y: 0, width: 90, height: 90 });
    reader.close();
    expect((await reading).valid[0]).toBe(1);
    await expect(reader.read({ x: 0, y: 0, width: 1, height: 1 })).rejects.toThrow(/after close/);
  });
});
