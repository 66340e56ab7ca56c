import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  CLASS_LAYER,
  CONFIDENCE_LAYER,
  seededRaster,
  writeMap,
  writeParts,
  type MapFixture,
} from '../../tests/support/layers.ts';
import { isTemporary, temporaryFolder } from '../../tests/support/workspace.ts';
import { digestOfFile } from '../core/digest.ts';
import type { AssemblyStage } from './assemble-scene.ts';

// Regions of 128 px complete levels 0 and 1; level 3, of 512 px, has 3 x 3 blocks, the last of which its region completes.
const SIZE = { width: 1050, height: 1030 };
const REGION = { region: 128, blockPixels: 64 };
const COUNT = 4;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let fixture: MapFixture;
let parts: string[] = [];
let expected: string[] = [];
const assemble = (stage?: AssemblyStage) => writeMap(fixture, { parts, stage });
const digests = (paths: Record<string, string>) =>
  Promise.all(Object.values(paths).map((path) => digestOfFile(path)));
const left = async () => (await readdir(fixture.folder)).filter(isTemporary).sort();

beforeAll(async () => {
  folder = await temporaryFolder('overviews');
  const rasters = [CLASS_LAYER, CONFIDENCE_LAYER].map((spec, index) => ({
    spec,
    raster: seededRaster(spec, SIZE, 55 + index),
  }));
  fixture = { folder: join(folder.path, 'map'), rasters, ...REGION };
  parts = await writeParts(fixture);
  expected = await digests(await assemble());
});
afterAll(() => folder.remove());
beforeEach(async () => {
  for (const name of await readdir(fixture.folder))
    if (!name.endsWith('.part')) await rm(join(fixture.folder, name));
});

const share = (index: number) => assemble({ index, count: COUNT });

test('a share that runs alone leaves the overviews for the others, which make no other', async () => {
  await share(0);
  const made = await left();
  expect(made.filter((name) => name.includes('shares-'))).toHaveLength(8);
  for (const index of [1, 2, 3]) await share(index);
  expect(await left()).toEqual(made);
  expect(await digests(await assemble('seal'))).toEqual(expected);
  expect(await left()).toEqual([]);
});

test('shares at the same time give the bytes of one assembly', async () => {
  await Promise.all(Array.from({ length: COUNT }, (_, index) => share(index)));
  expect(await digests(await assemble('seal'))).toEqual(expected);
  expect(await left()).toEqual([]);
});

test('what a share left damaged is named, and made again by the next that needs it', async () => {
  await share(0);
  const damaged = await Promise.all(
    (await left())
      .filter((name) => name.includes('shares-'))
      .map(async (name, at) => {
        const path = join(fixture.folder, name);
        const bytes = await readFile(path);
        // In the first bytes, among the blocks, in the index, at the end.
        const byte = [3, 20, bytes.length - 60, bytes.length - 2][at % 4] ?? 0;
        bytes[byte] = (bytes[byte] ?? 0) ^ 0x55;
        await writeFile(path, bytes);
        return path;
      }),
  );
  const named = new Set<string>();
  for (const index of [1, 2, 3, 0]) {
    for (let ended = false; !ended;) {
      ended = await share(index).then(
        () => true,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'PART_DAMAGED' });
          const path = damaged.find((one) => (error as Error).message.includes(one)) ?? '';
          expect(named.has(path), 'named twice').toBe(false);
          named.add(path);
          return false;
        },
      );
    }
  }
  expect(named).toEqual(new Set(damaged));
  expect(await digests(await assemble('seal'))).toEqual(expected);
});

test('overviews of other parts are not used: a region that was computed anew gives another map', async () => {
  await share(0);
  const [first, second] = fixture.rasters;
  if (first === undefined || second === undefined) throw new Error('two layers');
  const other = { ...first.raster, data: first.raster.data.slice().fill(1, 0, 100 * SIZE.width) };
  const part = join(fixture.folder, '128-0-0.part');
  const kept = await readFile(part);
  try {
    await rm(part);
    const rasters = [{ ...first, raster: other }, second];
    await writeParts({ ...fixture, rasters });
    for (let index = 0; index < COUNT; index += 1) await share(index);
    const inShares = await digests(await assemble('seal'));
    expect(inShares).toEqual(await digests(await assemble()));
    expect(inShares).not.toEqual(expected);
    expect(await left()).toEqual([]);
  } finally {
    await writeFile(part, kept);
  }
});

test('an assembly that ends without shares leaves nothing of them', async () => {
  await share(2);
  expect(await left()).not.toEqual([]);
  expect(await digests(await assemble())).toEqual(expected);
  expect(await left()).toEqual([]);
});
