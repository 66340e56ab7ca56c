import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CLASS_LAYER,
  CONFIDENCE_LAYER,
  cutRaster,
  regionWindows,
  seededRaster,
  writeParts,
} from '../../tests/support/layers.ts';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { TEMPORARY_MARK } from '../core/atomic-file.ts';
import { ResflowError } from '../core/errors.ts';
import { digestOfFile } from '../core/digest.ts';
import { randomInt, seededRandom } from '../core/random.ts';
import { fileStore } from '../storage/file-store.ts';
import { assembleScene } from './assemble-scene.ts';
import type { LayerSpec } from './layer.ts';
import { PartFiles } from './part-files.ts';
import { writePart } from './write-part.ts';

/** Keys are absolute paths. */
const disk = fileStore('/');
const size = { width: 500, height: 300 };
const specs: readonly LayerSpec[] = [CLASS_LAYER, CONFIDENCE_LAYER];
const rasters = specs.map((spec, index) => ({ spec, raster: seededRaster(spec, size, 21 + index) }));
const blockPixels = 64;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let parts: string[] = [];
let out = '';
beforeAll(async () => {
  folder = await temporaryFolder('parts');
});
afterAll(() => folder.remove());
beforeEach(async () => {
  await rm(join(folder.path, 'maps'), { recursive: true, force: true });
  await rm(join(folder.path, 'parts'), { recursive: true, force: true });
  parts = await writeParts({ folder: join(folder.path, 'parts'), rasters, region: 128, blockPixels });
  out = join(folder.path, 'maps', 'scene');
});

const assemble = (
  paths: readonly string[],
  { to = out, signal }: { to?: string; signal?: AbortSignal } = {},
) =>
  assembleScene({
    store: disk,
    ...(signal === undefined ? {} : { signal }),
    parts: paths,
    grid: { ...size, transform: [0, 1, 0, 0, 0, -1], wkt: null },
    blockPixels,
    layers: specs,
    outputs: specs.map(({ name }) => ({ name, key: join(to, `${name}.tif`) })),
    metadata: {},
  });

/** Names of the files under a folder, sidecars apart. */
const filesOf = async (path: string): Promise<string[]> =>
  (await readdir(path).catch(() => [])).filter((name) => !/\.(qml|xml)$/.test(name));

/** What an assembly that must fail says, and the unfinished files it left. */
async function failureOf(paths: readonly string[]): Promise<{ error: unknown; left: string[] }> {
  const error: unknown = await assemble(paths).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { error, left: (await filesOf(out)).filter((name) => name !== 'class.tif') };
}

const failure = (code: string, message: RegExp) => ({
  error: expect.objectContaining({
    code,
    message: expect.stringMatching(message),
    hint: expect.stringMatching(/resflow map resume|--fresh|each region/i),
  }),
  left: [],
});

async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  await writeFile(path, bytes);
}

describe('parts that are not whole', () => {
  test('cut off anywhere: the file is named, and no map is left', async () => {
    const [victim = ''] = parts;
    const { size: bytes } = await stat(victim);
    const random = seededRandom(5);
    for (const length of [
      0,
      1,
      15,
      16,
      39,
      bytes - 1,
      ...Array.from({ length: 12 }, () => randomInt(random, bytes)),
    ]) {
      const copy = join(folder.path, 'parts', 'cut.part');
      await copyFile(victim, copy);
      await truncate(copy, length);
      expect(await failureOf([copy, ...parts.slice(1)])).toEqual(failure('PART_DAMAGED', /cut\.part/));
    }
  });

  test('any single changed byte is noticed, or changes nothing', async () => {
    const [victim = ''] = parts;
    const whole = await readFile(victim);
    const expected = await Promise.all((await assemble(parts)).layers.map(({ path }) => digestOfFile(path)));
    const random = seededRandom(9);
    let noticed = 0;
    for (let round = 0; round < 60; round++) {
      await writeFile(victim, whole);
      await flipByte(victim, randomInt(random, whole.length));
      const outcome = await assemble(parts).then(
        ({ layers }) => Promise.all(layers.map(({ path }) => digestOfFile(path))),
        (error: unknown) => (error instanceof ResflowError ? error.code : error),
      );
      expect(['PART_DAMAGED', 'PART_VERSION', expected]).toContainEqual(outcome);
      noticed += Number(typeof outcome === 'string');
    }
    // Only the four unused bytes of the head may change unnoticed.
    expect(noticed).toBeGreaterThanOrEqual(58);
  });

  test('bytes behind the end, another file, a newer version, a missing file', async () => {
    const [victim = '', ...others] = parts;
    const whole = await readFile(victim);
    await writeFile(victim, Buffer.concat([whole, Buffer.from('more')]));
    expect(await failureOf(parts)).toEqual(failure('PART_DAMAGED', /cut off|bytes where/));
    await writeFile(victim, 'not a part at all, but long enough to hold head and tail of one');
    expect(await failureOf(parts)).toEqual(failure('PART_DAMAGED', /first bytes/));
    whole.writeUInt32LE(99, 8);
    await writeFile(victim, whole);
    expect(await failureOf(parts)).toEqual(failure('PART_VERSION', /version 99.*reads 3/));
    await rm(victim);
    expect(await failureOf(parts)).toEqual(failure('PART_DAMAGED', /does not exist/));
    expect(await failureOf(others)).toEqual(failure('PARTS_MISSING', /of 40 blocks are missing/));
  });
});

describe('parts that do not fit together', () => {
  test('one given twice', async () => {
    expect(await failureOf([...parts, parts[0] ?? ''])).toEqual(failure('PARTS_OVERLAP', /128-/));
  });

  test('of another grid, or without a layer', async () => {
    const [window] = regionWindows(size, 128);
    if (window === undefined) throw new Error('no region');
    const layers = rasters.map(({ spec, raster }) => ({ spec, data: cutRaster(raster, window) }));
    const path = join(folder.path, 'parts', 'other.part');
    const others = parts.filter((part) => !part.endsWith('128-0-0.part'));
    await writePart(disk, path, { grid: { width: 501, height: 300 }, window, blockPixels, layers });
    expect(await failureOf([path, ...others])).toEqual(failure('PART_MISMATCH', /501x300/));
    await rm(path);
    await writePart(disk, path, { grid: size, window, blockPixels, layers: layers.slice(0, 1) });
    expect(await failureOf([path, ...others])).toEqual(failure('PART_MISMATCH', /no layer confidence/));
  });

  test('a window off the blocks, or pixels that do not fill it, is refused before anything is written', async () => {
    const path = join(folder.path, 'parts', 'bad.part');
    const write = (window: { x: number; y: number; width: number; height: number }, pixels: number) =>
      writePart(disk, path, {
        grid: size,
        window,
        blockPixels,
        layers: [{ spec: CLASS_LAYER, data: new Uint8Array(pixels) }],
      });
    await expect(write({ x: 32, y: 0, width: 64, height: 64 }, 4096)).rejects.toMatchObject({
      code: 'PART_WINDOW',
    });
    await expect(write({ x: 0, y: 0, width: 100, height: 64 }, 6400)).rejects.toMatchObject({
      code: 'PART_WINDOW',
    });
    await expect(write({ x: 448, y: 0, width: 64, height: 64 }, 4096)).rejects.toMatchObject({
      code: 'PART_WINDOW',
    });
    await expect(write({ x: 0, y: 0, width: 64, height: 64 }, 4095)).rejects.toMatchObject({
      code: 'PART_PIXELS',
    });
    expect((await readdir(join(folder.path, 'parts'))).filter((name) => name.startsWith('bad'))).toEqual([]);
  });
});

test('two writers of one part: the first stays, both are content, nothing temporary is left', async () => {
  const [window] = regionWindows(size, 128);
  if (window === undefined) throw new Error('no region');
  const layers = rasters.map(({ spec, raster }) => ({ spec, data: cutRaster(raster, window) }));
  const path = join(folder.path, 'parts', 'race.part');
  const written = await Promise.all(
    [0, 1, 2].map(() => writePart(disk, path, { grid: size, window, blockPixels, layers })),
  );
  const sha256 = await digestOfFile(path);
  for (const one of written) expect(one).toEqual({ bytes: (await stat(path)).size, sha256 });
  const first = await stat(path);
  await writePart(disk, path, { grid: size, window, blockPixels, layers });
  expect((await stat(path)).ino).toBe(first.ino);
  expect((await readdir(join(folder.path, 'parts'))).filter((name) => name.includes(TEMPORARY_MARK))).toEqual(
    [],
  );
  const files = new PartFiles(disk);
  expect((await files.index(path)).window).toEqual(window);
  await files.close();
});

/** A file system of 256 KiB; needs root. Null where it cannot be mounted. */
function mountTiny(path: string): string | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', path], { stdio: 'pipe' });
    return path;
  } catch {
    return null;
  }
}

describe('a full disk', async () => {
  const place = await temporaryFolder('tiny');
  const tiny = mountTiny(place.path);
  const label = tiny === null ? ' (SKIPPED: mounting a tmpfs needs root)' : '';
  afterAll(async () => {
    if (tiny !== null) execFileSync('umount', [tiny]);
    await place.remove();
  });
  const noise = { width: 1024, height: 512 };
  const data = new Uint8Array(1024 * 512).map(
    (
      (random) => () =>
        1 + randomInt(random, 255)
    )(seededRandom(2)),
  );
  const window = { x: 0, y: 0, ...noise };
  const content = { grid: noise, window, blockPixels: 512, layers: [{ spec: CONFIDENCE_LAYER, data }] };

  test.skipIf(tiny === null)(`fails a part with DISK_FULL and leaves nothing${label}`, async () => {
    const path = join(place.path, 'full.part');
    await expect(writePart(disk, path, content)).rejects.toMatchObject({
      code: 'DISK_FULL',
      family: 'resource',
      message: expect.stringContaining(`'${path}`) as unknown,
    });
    expect(await readdir(place.path)).toEqual([]);
  });

  test.skipIf(tiny === null)(
    `fails an assembly with DISK_FULL, leaves nothing, and works once there is room${label}`,
    async () => {
      const part = join(folder.path, 'noise.part');
      await writePart(disk, part, content);
      const scene = (to: string) =>
        assembleScene({
          store: disk,
          parts: [part],
          grid: { ...noise, transform: [0, 1, 0, 0, 0, -1], wkt: null },
          blockPixels: 512,
          layers: [CONFIDENCE_LAYER],
          outputs: [{ name: 'confidence', key: join(to, 'confidence.tif') }],
          metadata: {},
        });
      await expect(scene(place.path)).rejects.toMatchObject({ code: 'DISK_FULL' });
      expect(await readdir(place.path)).toEqual([]);
      const roomy = join(folder.path, 'roomy');
      await mkdir(roomy, { recursive: true });
      expect((await scene(roomy)).layers).toHaveLength(1);
    },
  );
});

test('assembly stops when asked, wherever it is, and leaves no unfinished file', async () => {
  for (const last of [1, 5, 30]) {
    let looks = 0;
    const signal = Object.create(new AbortController().signal, {
      throwIfAborted: {
        value: () => {
          looks += 1;
          if (looks >= last) throw new Error('asked to stop');
        },
      },
    }) as AbortSignal;
    await expect(assemble(parts, { to: out, signal })).rejects.toThrow('asked to stop');
    expect((await filesOf(out)).filter((name) => name !== 'class.tif')).toEqual([]);
  }
});

test('assembly replaces an older map whole and leaves nothing temporary', async () => {
  const { layers } = await assemble(parts);
  const path = layers[0]?.path ?? '';
  const digest = await digestOfFile(path);
  const file = await open(path, 'r+');
  await file.write(Buffer.from('garbage'), 0, 7, 0);
  await file.close();
  await assemble(parts.toReversed());
  expect(await digestOfFile(path)).toBe(digest);
  expect(await filesOf(out)).toEqual(['class.tif', 'confidence.tif']);
});
