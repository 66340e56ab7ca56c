import { join } from 'node:path';
import { seededRandom, type Random } from '../../src/core/random.ts';
import type { Window } from '../../src/geo/window.ts';
import { assembleScene, type SceneAssembly } from '../../src/mosaic/assemble-scene.ts';
import type { LayerSpec } from '../../src/mosaic/layer.ts';
import { writePart } from '../../src/mosaic/write-part.ts';
import { fileStore } from '../../src/storage/file-store.ts';

/** Keys are absolute paths. */
export const disk = fileStore('/');

export const CLASS_LAYER: LayerSpec = {
  name: 'class',
  kind: 'class',
  noData: 255,
  description: 'Class of each pixel',
  palette: [
    { value: 0, name: 'background', colour: '#d9d9d9' },
    { value: 1, name: 'building <1 & tall>', colour: '#d62728' },
    { value: 4, name: 'Straße', colour: '#1f77b4' },
  ],
};

export const CONFIDENCE_LAYER: LayerSpec = {
  name: 'confidence',
  kind: 'mean',
  noData: 0,
  description: 'Probability of the class given',
  scale: 1 / 255,
};

export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Seeded pixels of a layer: patches of one value, noise, and holes of no-data, some of them larger than a block. */
export function seededRaster(spec: LayerSpec, size: { width: number; height: number }, seed: number): Raster {
  const random = seededRandom(seed);
  const { width, height } = size;
  const data = new Uint8Array(width * height).fill(spec.kind === 'class' ? 0 : 254);
  const values = spec.palette?.map(({ value }) => value) ?? [1, 60, 127, 128, 200, 255];
  for (let patch = 0; patch < 40; patch++) {
    const value = random() < 0.3 ? spec.noData : (values[Math.floor(random() * values.length)] ?? 0);
    paint({ width, height, data }, random, () => (patch % 3 === 0 && random() < 0.3 ? spec.noData : value));
  }
  return { width, height, data };
}

function paint({ width, height, data }: Raster, random: Random, pixel: () => number): void {
  const [x0, y0] = [Math.floor(random() * width), Math.floor(random() * height)];
  const x1 = Math.min(width, x0 + 1 + Math.floor((random() * width) / 2));
  const y1 = Math.min(height, y0 + 1 + Math.floor((random() * height) / 2));
  for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) data[y * width + x] = pixel();
}

export function cutRaster({ width, data }: Raster, window: Window): Uint8Array {
  const out = new Uint8Array(window.width * window.height);
  for (let row = 0; row < window.height; row++) {
    const from = (window.y + row) * width + window.x;
    out.set(data.subarray(from, from + window.width), row * window.width);
  }
  return out;
}

/** Windows of `region` pixels over a grid, cut at its edges. */
export function regionWindows(
  { width, height }: { width: number; height: number },
  region: number,
): Window[] {
  const windows: Window[] = [];
  for (let y = 0; y < height; y += region) {
    for (let x = 0; x < width; x += region) {
      windows.push({ x, y, width: Math.min(region, width - x), height: Math.min(region, height - y) });
    }
  }
  return windows;
}

export interface MapFixture {
  readonly folder: string;
  readonly rasters: readonly { readonly spec: LayerSpec; readonly raster: Raster }[];
  readonly region: number;
  readonly blockPixels: number;
}

/** Writes a part file for every region and gives their paths, in seeded random order. */
export async function writeParts({ folder, rasters, region, blockPixels }: MapFixture): Promise<string[]> {
  const [first] = rasters;
  if (first === undefined) throw new Error('a map has at least one layer');
  const grid = { width: first.raster.width, height: first.raster.height };
  const random = seededRandom(region);
  const paths: { path: string; order: number }[] = [];
  for (const window of regionWindows(grid, region)) {
    const path = join(folder, `${region}-${window.x}-${window.y}.part`);
    const layers = rasters.map(({ spec, raster }) => ({ spec, data: cutRaster(raster, window) }));
    await writePart(disk, path, { grid, window, blockPixels, layers });
    paths.push({ path, order: random() });
  }
  return paths.sort((a, b) => a.order - b.order).map(({ path }) => path);
}

/** Parts and assembly in one; gives the path of each layer's file. */
export async function writeMap(
  fixture: MapFixture,
  options: Partial<Pick<SceneAssembly, 'form' | 'metadata' | 'stage'>> & {
    place?: Pick<SceneAssembly['grid'], 'transform' | 'wkt'>;
    /** Where they have been written before. */
    parts?: readonly string[];
  } = {},
): Promise<Record<string, string>> {
  const parts = options.parts ?? (await writeParts(fixture));
  const layers = fixture.rasters.map(({ spec }) => spec);
  const outputs = layers.map(({ name }) => ({
    name,
    key: join(fixture.folder, `${name}-${fixture.region}.tif`),
  }));
  const [first] = fixture.rasters;
  const place = options.place ?? { transform: [500_000, 0.5, 0, 3_000_000, 0, -0.5] as const, wkt: null };
  const grid = { width: first?.raster.width ?? 0, height: first?.raster.height ?? 0, ...place };
  await assembleScene({
    store: disk,
    parts,
    grid,
    blockPixels: fixture.blockPixels,
    layers,
    outputs,
    metadata: options.metadata ?? {},
    form: options.form ?? null,
    stage: options.stage,
  });
  return Object.fromEntries(outputs.map(({ name, key }) => [name, key]));
}
