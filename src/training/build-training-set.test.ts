import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { application, makeScene } from '../../tests/fixtures/labelled-scene.ts';
import { gdalPixels } from '../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { silentProgress } from '../core/progress.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import { buildTrainingSet, trainingSetDigest, type TrainingSetPorts } from './build-training-set.ts';
import { npyHeader } from '../model/npy-writer.ts';
import { refuseSplitLeaks } from './split-leaks.ts';
import type { PlannedScene } from './write-scene-arrays.ts';

const folder = temporaryFolder('training-set');
const app = application({ classes: [{ id: 1, name: 'building', colour: '#e8452c' }] });
const recipe = {
  width: 300,
  height: 290,
  noData: 0,
  pixel: (band: number, x: number, y: number) => (x < 40 ? 0 : 1 + ((x * 7 + y * 13 + band * 50) % 250)),
};

const planned = async (
  id: string,
  split: PlannedScene['split'] = 'train',
  shift = 0,
): Promise<PlannedScene> => {
  const item = await makeScene(folder, id, {
    recipe: { ...recipe, transform: [4_370_000 + shift, 0.5, 0, -690_000, 0, -0.5] },
  });
  return { item, bands: item.assets.image.bands, grid: sceneGrid(item, null), split };
};

/** Columns below 100 unlabelled, every third column building, the rest background. */
const labelOf = (x: number): number => (x < 100 ? 255 : x % 3 === 0 ? 1 : 0);

function ports(root: string, change: Partial<TrainingSetPorts> = {}): TrainingSetPorts {
  return {
    root,
    now: () => new Date('2024-01-01T00:00:00Z'),
    signal: new AbortController().signal,
    progress: silentProgress,
    openSources: async ({ item, grid }) => {
      const reader = await openSceneReader(sceneSource(item, [1, 2, 3]), grid);
      const rasterise = (w: { x: number; width: number; height: number }) =>
        Promise.resolve(
          Uint8Array.from({ length: w.width * w.height }, (_, i) => labelOf(w.x + (i % w.width))),
        );
      return { reader, rasterise, close: () => reader.close() };
    },
    ...change,
  };
}

/** Reads an array back: our own header is parsed by its text. */
async function readNpy(path: string): Promise<{ head: string; data: Uint8Array }> {
  const bytes = await readFile(path);
  const length = 10 + bytes.readUInt16LE(8);
  return { head: bytes.subarray(10, length).toString('latin1'), data: bytes.subarray(length) };
}

describe('buildTrainingSet', () => {
  it('takes a scene for its pixels only, without its labels', async () => {
    const scene = await planned('labelled');
    const other = { ...(await planned('pixels', 'train', 4000)), unlabelled: true as const };
    const plain = { app, scenes: [scene], labels: [] };
    const input = { app, scenes: [scene, other], labels: [] };
    expect(trainingSetDigest(input)).not.toBe(trainingSetDigest(plain));
    const open = ports(folder).openSources;
    const { set, folder: where } = await buildTrainingSet(
      input,
      ports(join(folder, 'pixels-only'), {
        openSources: async (one) => ({
          ...(await open(one)),
          ...(one.unlabelled
            ? { rasterise: (w) => Promise.resolve(new Uint8Array(w.width * w.height).fill(255)) }
            : {}),
        }),
      }),
    );
    expect(set.scenes.map(({ id, labelledPixels }) => [id, labelledPixels > 0])).toEqual([
      ['labelled', true],
      ['pixels', false],
    ]);
    const { data } = await readNpy(join(where, 'pixels.labels.npy'));
    expect(new Set(data)).toEqual(new Set([255]));
    expect((await readNpy(join(where, 'pixels.image.npy'))).data.some((value) => value > 0)).toBe(true);
  });

  it('writes image, labels and validity at the working GSD; pixels without data carry no label', async () => {
    const scene = await planned('whole');
    const {
      folder: set,
      set: record,
      reused,
    } = await buildTrainingSet({ app, scenes: [scene], labels: [] }, ports(join(folder, 'a')));
    expect(reused).toBe(false);
    const image = await readNpy(join(set, 'whole.image.npy'));
    expect(image.head).toMatch(/'descr': '\|u1'.*'shape': \(3, 290, 300\)/);
    const source = gdalPixels(scene.item.assets.image.href, 2);
    expect(
      Buffer.compare(
        Buffer.from(image.data.subarray(300 * 290, 2 * 300 * 290)),
        Buffer.from(Uint8Array.from(source)),
      ),
    ).toBe(0);
    const labels = await readNpy(join(set, 'whole.labels.npy'));
    const valid = await readNpy(join(set, 'whole.valid.npy'));
    for (let i = 0; i < 300 * 290; i++) {
      const x = i % 300;
      if (valid.data[i] !== (x < 40 ? 0 : 1) || labels.data[i] !== (x < 40 ? 255 : labelOf(x)))
        expect.fail(`pixel ${i}`);
    }
    const buildings = Array.from({ length: 200 }, (_, i) => 100 + i).filter((x) => x % 3 === 0).length * 290;
    expect(record.scenes[0]).toMatchObject({
      id: 'whole',
      split: 'train',
      labelledPixels: 200 * 290,
      classPixels: [200 * 290 - buildings, buildings],
    });
    const chips = (await readFile(join(set, 'chips.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { x: number; y: number; width: number; height: number; labelled: number },
      );
    expect(chips.map(({ x, y, width, height }) => [x, y, width, height])).toEqual([
      [0, 0, 256, 256],
      [256, 0, 44, 256],
      [0, 256, 256, 34],
      [256, 256, 44, 34],
    ]);
    expect(chips.reduce((sum, { labelled }) => sum + labelled, 0)).toBe(200 * 290);
  });

  it('is opened by NumPy, memory-mapped', async (context) => {
    const python = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
    if (!existsSync(python)) return context.skip('no Python environment: run `npm run setup`');
    const { folder: set } = await buildTrainingSet(
      { app, scenes: [await planned('numpy')], labels: [] },
      ports(join(folder, 'b')),
    );
    const script =
      "import numpy as np,sys\na=np.load(sys.argv[1],mmap_mode='r')\nprint(type(a).__name__,a.shape,a.dtype,a.flags['C_CONTIGUOUS'],a.offset%64,int(a.sum()))";
    const said = execFileSync(python, ['-c', script, join(set, 'numpy.image.npy')], { encoding: 'utf8' });
    const { data } = await readNpy(join(set, 'numpy.image.npy'));
    expect(said.trim()).toBe(
      `memmap (3, 290, 300) uint8 True 0 ${data.reduce((sum, value) => sum + value, 0)}`,
    );
  });

  it('is found again, and is another where a label or the split is another', async () => {
    const scene = await planned('again');
    const root = join(folder, 'c');
    const first = await buildTrainingSet({ app, scenes: [scene], labels: [] }, ports(root));
    const second = await buildTrainingSet(
      { app, scenes: [scene], labels: [] },
      ports(root, { openSources: () => Promise.reject(new Error('was read again')) }),
    );
    expect(second).toMatchObject({ folder: first.folder, reused: true });
    const label = {
      source: { href: 'x', size: 1, modified: 'now', etag: null, sha256: 'a' },
      coverage: [],
    } as unknown as LabelSource;
    const digests = [
      trainingSetDigest({ app, scenes: [scene], labels: [] }),
      trainingSetDigest({ app, scenes: [scene], labels: [label] }),
      trainingSetDigest({ app, scenes: [{ ...scene, split: 'validation' }], labels: [] }),
      trainingSetDigest({ app: { ...app, gsdMetres: 0.4 }, scenes: [scene], labels: [] }),
    ];
    expect(new Set(digests).size).toBe(4);
    const touched = { ...label, source: { ...label.source, modified: 'later' } };
    expect(trainingSetDigest({ app, scenes: [scene], labels: [touched] })).toBe(digests[1]);
  });

  it('leaves nothing behind when it is stopped', async () => {
    const root = join(folder, 'd');
    const stop = new AbortController();
    const progress = { ...silentProgress, update: () => stop.abort(new Error('stopped')) };
    await expect(
      buildTrainingSet(
        { app, scenes: [await planned('stopped')], labels: [] },
        ports(root, { signal: stop.signal, progress }),
      ),
    ).rejects.toThrow('stopped');
    expect(await readdir(join(root, 'training-sets'))).toEqual([]);
  });

  it('cuts a scene into blocks: one image, labels for each split, a guard band between', async () => {
    const blocks = {
      blockPixels: 150,
      guardPixels: 10,
      columns: 2,
      rows: 2,
      splits: ['train', 'validation', 'train', 'train'] as ('train' | 'validation')[],
    };
    const { folder: set, set: record } = await buildTrainingSet(
      { app, scenes: [await planned('cut', blocks)], labels: [] },
      ports(join(folder, 'e')),
    );
    expect(record.scenes.map(({ id, split, image }) => ({ id, split, image }))).toEqual([
      { id: 'cut.train', split: 'train', image: 'cut.image.npy' },
      { id: 'cut.validation', split: 'validation', image: 'cut.image.npy' },
    ]);
    const train = (await readNpy(join(set, 'cut.train.labels.npy'))).data;
    const validation = (await readNpy(join(set, 'cut.validation.labels.npy'))).data;
    for (let i = 0; i < 300 * 290; i++) {
      const [x, y] = [i % 300, Math.floor(i / 300)];
      const inValidation = x >= 150 && y < 150;
      const inGuard = x >= 140 && y < 160;
      if (validation[i] !== (inValidation ? labelOf(x) : 255)) expect.fail(`validation ${x},${y}`);
      if (train[i] !== (inGuard ? 255 : labelOf(x))) expect.fail(`train ${x},${y}: ${train[i]}`);
    }
  });

  it('leaves out scenes without a labelled pixel, and says so; all of them are refused', async () => {
    const [labelled, bare] = [await planned('labelled'), await planned('bare')];
    const base = ports(join(folder, 'f'));
    const open: TrainingSetPorts['openSources'] = async (scene) => {
      const sources = await base.openSources(scene);
      return scene.item.id === 'bare'
        ? { ...sources, rasterise: (w) => Promise.resolve(new Uint8Array(w.width * w.height).fill(255)) }
        : sources;
    };
    const built = await buildTrainingSet(
      { app, scenes: [labelled, bare], labels: [] },
      { ...base, openSources: open },
    );
    expect(built.set.scenes.map(({ id }) => id)).toEqual(['labelled']);
    expect(built.notes).toEqual(["Scene 'bare' is left out: it has no labelled pixel at the working GSD."]);
    expect((await readdir(built.folder)).filter((name) => name.startsWith('bare'))).toEqual([]);
    await expect(
      buildTrainingSet({ app, scenes: [bare], labels: [] }, { ...base, openSources: open }),
    ).rejects.toMatchObject({ code: 'NO_LABELLED_PIXELS' });
  });
});

describe('npyHeader', () => {
  it('ends where data can be mapped, and names type and shape', () => {
    for (const shape of [[5], [1, 2], [3, 12345, 67890]]) {
      const head = npyHeader('float32', shape);
      expect(head.length % 64).toBe(0);
      expect(head.at(-1)).toBe(0x0a);
      expect(head.toString('latin1')).toContain(
        `'shape': (${shape.length === 1 ? `${shape[0]},` : shape.join(', ')})`,
      );
    }
  });
});

describe('refuseSplitLeaks', () => {
  it('refuses scenes of different splits that share ground, naming both and the area', async () => {
    // Half a scene's width to the east: 75 Mercator metres of 150.
    const [a, b, c] = [
      await planned('left'),
      await planned('right', 'test', 75),
      await planned('apart', 'test', 150),
    ];
    const overlap = {
      family: 'contract',
      code: 'SPLIT_LEAK',
      message: expect.stringMatching(/'left' \(train\) and 'right' \(test\) share \d+ m2/) as string,
    };
    const inSplit = (scene: PlannedScene, split: 'train' | 'test') => ({ item: scene.item, splits: [split] });
    expect(() => refuseSplitLeaks([inSplit(a, 'train'), inSplit(b, 'test')])).toThrow(
      expect.objectContaining(overlap) as Error,
    );
    expect(() => refuseSplitLeaks([inSplit(a, 'train'), inSplit(b, 'train')])).not.toThrow();
    expect(() => refuseSplitLeaks([inSplit(a, 'train'), inSplit(c, 'test')])).not.toThrow();
  });

  it('measures the overlap on the ground, not in Mercator metres', async () => {
    const { footprintOverlapM2 } = await import('../workspace/footprint-overlap.ts');
    const full = await makeScene(folder, 'full', { recipe: { width: 300, height: 290, noData: null } });
    const scale = Math.cos((6.188 * Math.PI) / 180);
    const expected = 150 * 145 * scale ** 2;
    expect(Math.abs(footprintOverlapM2(full, full) / expected - 1)).toBeLessThan(0.01);
  });
});
