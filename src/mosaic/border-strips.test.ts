import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLASS_LAYER } from '../../tests/support/layers.ts';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { fileStore } from '../storage/file-store.ts';
import type { Share } from '../storage/store.ts';
import {
  joinSeams,
  NO_PREDICTION,
  NO_SEAMS,
  PROBABILITY_STEPS,
  type EdgeStrip,
} from '../tiling/chip-edges.ts';
import { seamBetweenParts } from './border-strips.ts';
import { PartFiles } from './part-files.ts';
import { readParts } from './part-set.ts';
import { writePart } from './write-part.ts';

/** Keys are absolute paths. */
const disk = fileStore('/');
const grid = { width: 128, height: 64 };
const shape = { grid, blockPixels: 64 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('borders');
});
afterAll(() => folder.remove());

/** Two channels; each pixel pair predicts the same; null: no prediction. */
const strip = (side: EdgeStrip['side'], first: (number | null)[]): EdgeStrip => ({
  axis: 'column',
  at: 64,
  start: 10,
  length: first.length,
  side,
  channels: 2,
  values: Uint16Array.from(
    first.flatMap((p) => {
      const pixel =
        p === null
          ? [NO_PREDICTION, NO_PREDICTION]
          : [p, 1 - p].map((v) => Math.round(v * PROBABILITY_STEPS));
      return [...pixel, ...pixel];
    }),
  ),
});

async function seam(name: string, left: EdgeStrip[], right: EdgeStrip[]) {
  const paths = await Promise.all(
    [left, right].map(async (borders, i) => {
      const path = join(folder.path, `${name}-${i}.part`);
      const window = { x: 64 * i, y: 0, width: 64, height: 64 };
      const layers = [{ spec: CLASS_LAYER, data: new Uint8Array(64 * 64) }];
      await writePart(disk, path, { grid, window, blockPixels: 64, layers, borders });
      return path;
    }),
  );
  return {
    paths,
    seam: async () => {
      const files = new PartFiles(disk);
      try {
        return await seamBetweenParts(files, await readParts(files, paths, shape), {
          blendPixels: 2,
          share: null,
        });
      } finally {
        await files.close();
      }
    },
  };
}

test('the seam between two regions is the distance of the two predictions, where both predict', async () => {
  const left = [strip('before', [0.5, 1, 0, null, 0.25])];
  const right = [strip('after', [0.5, 0, 0.25, 1, 0.25])];
  const { inside: found } = await (await seam('pair', left, right)).seam();
  expect(found.pixels).toBe(8);
  expect(found.sum).toBeCloseTo(2 * (1 + 0.25), 4);
});

test('where two models meet it is told apart', async () => {
  const of = (model: number, side: EdgeStrip['side'], first: number[]) => ({ ...strip(side, first), model });
  const left = [of(0, 'before', [0.5, 1]), { ...of(0, 'before', [0.5]), start: 20 }];
  const right = [of(1, 'after', [0.5, 0.75]), { ...of(0, 'after', [0]), start: 20 }];
  const { inside, borders, steps } = await (await seam('models', left, right)).seam();
  expect(borders.pixels).toBe(4);
  // A blend of 2 takes 5/8 of the nearer chip and 3/8 of the other: of 1 and 0.75 a step of 0.25 / 4.
  expect(steps.borders.pixels).toBe(2);
  expect(steps.borders.sum).toBeCloseTo(0.25 / 4, 4);
  // A cut shows all of it.
  expect(steps.inside.pixels).toBe(1);
  expect(steps.inside.sum).toBeCloseTo(0.5, 4);
  expect(borders.sum).toBeCloseTo(0.5, 4);
  expect(inside.pixels).toBe(2);
  expect(inside.sum).toBeCloseTo(1, 4);
});

test('an edge that only one region knows counts for nothing', async () => {
  const { seam: found } = await seam('single', [strip('before', [0.5, 1])], []);
  expect(await found()).toEqual(NO_SEAMS);
});

test('shares of the seams, as many as there may be, add up to all of them', async () => {
  const grid = { width: 192, height: 128 };
  const parts: string[] = [];
  let steps = 0;
  const edge = (axis: EdgeStrip['axis'], at: number, start: number, side: EdgeStrip['side']): EdgeStrip => {
    steps += 7;
    return { axis, at, start, length: 2, side, channels: 1, values: new Uint16Array(4).fill(steps) };
  };
  for (let y = 0; y < grid.height; y += 64) {
    for (let x = 0; x < grid.width; x += 64) {
      const borders = [0, 32].flatMap((from) => [
        ...(x > 0 ? [edge('column', x, y + from, 'after')] : []),
        ...(x + 64 < grid.width ? [edge('column', x + 64, y + from, 'before')] : []),
        ...(y > 0 ? [edge('row', y, x + from, 'after')] : []),
        ...(y + 64 < grid.height ? [edge('row', y + 64, x + from, 'before')] : []),
      ]);
      const path = join(folder.path, `share-${x}-${y}.part`);
      const layers = [{ spec: CLASS_LAYER, data: new Uint8Array(64 * 64) }];
      const window = { x, y, width: 64, height: 64 };
      await writePart(disk, path, { grid, window, blockPixels: 64, layers, borders });
      parts.push(path);
    }
  }
  const files = new PartFiles(disk);
  const indexed = await readParts(files, parts, { grid, blockPixels: 64 });
  const of = (share: Share | null) => seamBetweenParts(files, indexed, { blendPixels: 0, share });
  const whole = await of(null);
  // Seven borders of two edges, two pixels on both sides of each.
  expect(whole.inside.pixels).toBe(7 * 2 * 2 * 2);
  for (const count of [1, 2, 4, 6, 11]) {
    const shares = await Promise.all(Array.from({ length: count }, (_, index) => of({ index, count })));
    const { inside, steps } = shares.reduce(joinSeams);
    expect([inside.pixels, steps.inside.pixels]).toEqual([whole.inside.pixels, whole.steps.inside.pixels]);
    expect(inside.sum).toBeCloseTo(whole.inside.sum, 12);
    expect(steps.inside.sum).toBeCloseTo(whole.steps.inside.sum, 12);
  }
  await files.close();
});

test('a damaged strip is noticed', async () => {
  const { paths, seam: found } = await seam('damaged', [strip('before', [0.5, 1])], []);
  const [path = ''] = paths;
  const files = new PartFiles(disk);
  const [part] = await readParts(files, paths, shape);
  await files.close();
  const bytes = await readFile(path);
  const at = part?.index.borders[0]?.stored.offset ?? 0;
  bytes[at] = (bytes[at] ?? 0) ^ 0x55;
  await writeFile(path, bytes);
  await expect(found()).rejects.toMatchObject({ code: 'PART_DAMAGED', context: { file: path } });
});
