import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { planWorkingGrid } from '../geo/working-grid.ts';
import { openVectorNetwork, type VectorNetwork } from '../model/vector-network.ts';
import type { SceneReader } from '../raster/pixel-block.ts';
import { bytesOfFloats, floatsOf, readChipPart, writeChipPart } from './chip-part.ts';
import { embedChips } from './embed-chips.ts';
import { chipId, chipsOf } from './plan-chip-tasks.ts';
import { writeChipSet } from './chip-set.ts';

const model = (name: string) =>
  fileURLToPath(new URL(`../../tests/fixtures/models/${name}.onnx`, import.meta.url));
const encoderOf = async (name: string): Promise<VectorNetwork> =>
  openVectorNetwork(await readFile(model(name)), { file: name, threads: 1, rank: 4 });

/** A scene of 3 bands whose pixel is a function of its place; nothing is valid to the left of column `validFrom`. */
function sceneReader(size: { width: number; height: number }, validFrom = 0): SceneReader {
  return {
    type: 'uint8',
    read(window) {
      const plane = window.width * window.height;
      const data = new Uint8Array(3 * plane);
      const valid = new Uint8Array(plane);
      for (let i = 0; i < plane; i += 1) {
        const [x, y] = [window.x + (i % window.width), window.y + Math.floor(i / window.width)];
        if (x < validFrom || x < 0 || y < 0 || x >= size.width || y >= size.height) continue;
        valid[i] = 1;
        for (let band = 0; band < 3; band += 1) data[band * plane + i] = (7 * x + 13 * y + 50 * band) % 256;
      }
      return Promise.resolve({ window, bands: 3, type: 'uint8', data, valid });
    },
    close() {},
  };
}

const grid = (width: number, height: number) =>
  planWorkingGrid({ width, height, transform: [0, 1, 0, 0, 0, -1], gsdColumns: 1, gsdRows: 1 }, null);
const statistics = { mean: [128, 128, 128], std: [70, 70, 70] };
const regionOf = (window: { x: number; y: number; width: number; height: number }, chipPixels = 16) => ({
  scene: 'somewhere',
  window,
  bands: [1, 2, 3],
  parameters: { chipPixels, gsdMetres: 1, leastValid: 0.5 },
});
const normalisation = { kind: 'scene' as const, clip: 3 };

describe('chips', () => {
  it('cover every grid once, however it is cut into regions', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 100; round += 1) {
      const size = { width: 1 + randomInt(random, 90), height: 1 + randomInt(random, 90) };
      const chip = 1 + randomInt(random, 20);
      const whole = chipsOf(size, { x: 0, y: 0, ...size }, chip).map(({ x, y }) => `${x},${y}`);
      expect(whole).toHaveLength(Math.ceil(size.width / chip) * Math.ceil(size.height / chip));
      const side = chip * (1 + randomInt(random, 3));
      const parts: string[] = [];
      for (let y = 0; y < size.height; y += side)
        for (let x = 0; x < size.width; x += side)
          parts.push(...chipsOf(size, { x, y, width: side, height: side }, chip).map((c) => `${c.x},${c.y}`));
      expect(parts.sort()).toEqual(whole.sort());
    }
  });

  it('have the same embedding in a row and alone, and are left out where they hold too little', async () => {
    const size = { width: 50, height: 32 };
    const encoder = await encoderOf('chip-encoder');
    const embed = (window: Parameters<typeof regionOf>[0], validFrom: number) =>
      embedChips(
        { task: regionOf(window), grid: grid(size.width, size.height), normalisation, statistics },
        { reader: sceneReader(size, validFrom), encoder, progress: () => undefined },
      );
    const whole = await embed({ x: 0, y: 0, ...size }, 9);
    // Columns 0 to 8 hold nothing, so of the first chips less than half is valid; of the last ones two columns are there.
    expect(whole.chips.map(({ x, y }) => [x, y])).toEqual([
      [16, 0],
      [32, 0],
      [16, 16],
      [32, 16],
    ]);
    expect(whole.skipped).toBe(4);
    expect(whole.embeddings).toHaveLength(4 * 8);
    const alone = await embed({ x: 32, y: 16, width: 16, height: 16 }, 9);
    expect(alone.embeddings).toEqual(whole.embeddings.slice(24));
    await encoder.close();
  });

  it('with an embedding that is no number are named', async () => {
    const size = { width: 32, height: 16 };
    const encoder = await encoderOf('nan-encoder');
    const dark = { mean: [255, 0, 0], std: [70, 70, 70] };
    const embedding = embedChips(
      { task: regionOf({ x: 0, y: 0, ...size }), grid: grid(32, 16), normalisation, statistics: dark },
      { reader: sceneReader(size), encoder, progress: () => undefined },
    );
    await expect(embedding).rejects.toMatchObject({
      code: 'EMBEDDING_NOT_FINITE',
      context: { chip: chipId('somewhere', { x: 0, y: 0 }), position: 0 },
    });
    await encoder.close();
  });
});

describe('files', () => {
  it('of a part come back, and are refused when cut short', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resflow-part-'));
    try {
      const values = Float32Array.of(1.5, -2, 3, 4);
      const chips = [
        { x: 0, y: 0, valid: 1 },
        { x: 16, y: 0, valid: 0.5 },
      ];
      const part = { content: 'embeddings' as const, chips, width: 8, data: bytesOfFloats(values) };
      const path = join(folder, 'ab', 'x.part');
      const { bytes } = await writeChipPart(path, part);
      const back = await readChipPart(path);
      expect(back).toMatchObject({ content: 'embeddings', chips, width: 8 });
      expect(floatsOf(back)).toEqual(values);
      const whole = await readFile(path);
      expect(whole).toHaveLength(bytes);
      const cut = join(folder, 'cut.part');
      const { writeFile } = await import('node:fs/promises');
      await writeFile(cut, whole.subarray(0, bytes - 1));
      await expect(readChipPart(cut)).rejects.toMatchObject({ code: 'PART_DAMAGED' });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('of a chip set are the arrays that the trainer reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'resflow-set-'));
    try {
      const size = { width: 40, height: 20 };
      const windows = chipsOf(size, { x: 0, y: 0, ...size }, 16);
      const scene = (id: string) => ({ id, place: id, mean: [1, 2, 3], std: [1, 1, 1] });
      const set = await writeChipSet(
        folder,
        {
          set: {
            version: 1,
            digest: 'ab',
            gsdMetres: 1,
            chipPixels: 16,
            bands: ['red', 'green', 'blue'],
            scenes: [scene('a'), scene('b')],
          },
          sources: [
            { windows: windows.slice(0, 2), open: () => Promise.resolve(sceneReader(size)) },
            { windows: windows.slice(3), open: () => Promise.resolve(sceneReader(size)) },
          ],
          leastValid: 0.25,
          type: 'uint8',
        },
        { signal: new AbortController().signal, onChip: () => undefined },
      );
      // Five were asked for; the last one hangs over and holds but 8 x 4 of 16 x 16 pixels.
      expect(set.count).toBe(4);
      const chips = await readFile(join(folder, 'chips.npy'));
      expect(chips.subarray(0, 128).toString('latin1')).toContain(
        "'descr': '|u1', 'fortran_order': False, 'shape': (4, 3, 16, 16)",
      );
      expect(chips).toHaveLength(128 + 4 * 3 * 256);
      const data = chips.subarray(128);
      expect(data[256 + 17]).toBe((7 + 13 + 50) % 256);
      const scenes = await readFile(join(folder, 'scene.npy'));
      expect([...new Int32Array(Uint8Array.from(scenes.subarray(-16)).buffer)]).toEqual([0, 0, 1, 1]);
      const valid = await readFile(join(folder, 'valid.npy'));
      // Of the last one's rows 4 are there.
      expect(valid.subarray(-256).reduce((a, b) => a + b, 0)).toBe(16 * 4);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
