import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gdal } from '../../src/raster/gdal.ts';
import { importNetwork } from '../support/network.ts';
import { runOk } from '../support/program.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000 });

const SIZE = { width: 1100, height: 900 };
/** More than the network's receptive field, a multiple of its pooling. */
const HALO = '32';
/** Less: chips disagree where they meet. */
const NARROW_HALO = '8';

type Layers = Record<string, string>;

interface Mapped {
  readonly layers: Layers;
  readonly seamScore: number | null;
}

function pixels(path: string): Uint8Array {
  const dataset = gdal.open(path);
  const { x, y } = dataset.rasterSize;
  const data = new Uint8Array(x * y);
  dataset.bands.get(1).pixels.read(0, 0, x, y, data);
  dataset.close();
  return data;
}

describe('a map made of chips', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';

  beforeAll(async () => {
    folder = await temporaryFolder('tiled');
    workspace = await workspaceWithScene(folder.path, SIZE);
    await importNetwork(workspace, folder.path);
  });
  afterAll(() => folder.remove());

  async function map(...options: string[]): Promise<Mapped> {
    const run = await runOk([
      'map',
      'run',
      'two',
      '--scenes',
      'scene',
      '--model',
      'net',
      ...options,
      '--workspace',
      workspace,
    ]);
    const [scene] = run['scenes'] as Mapped[];
    return { layers: scene?.layers ?? {}, seamScore: run['seamScore'] as number | null };
  }

  it('equals one pass over the whole scene, where the halo covers the receptive field', async () => {
    const { layers: whole } = await map('--core', '2048', '--halo', HALO);
    const { layers: tiled, seamScore } = await map('--core', '128', '--halo', HALO, '--region', '512');
    const classes = pixels(whole['class'] ?? '');
    expect(new Set(classes).size).toBeGreaterThan(2);
    expect(classes.includes(255)).toBe(true);
    expect(Buffer.compare(pixels(tiled['class'] ?? ''), classes)).toBe(0);
    const [a, b] = [pixels(whole['confidence'] ?? ''), pixels(tiled['confidence'] ?? '')];
    expect(
      a.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (b[i] ?? 0))), 0),
    ).toBeLessThanOrEqual(1);
    expect(seamScore).toBeLessThan(1e-4);
  });

  it.each([
    { how: 'cut', blend: [] },
    { how: 'blended', blend: ['--blend', '8'] },
  ])('is the same file, with the same seams, for any workers and regions ($how)', async ({ blend }) => {
    const chips = ['--core', '128', '--halo', NARROW_HALO, ...blend, '--fresh'];
    const reference = await map(...chips, '--region', '2048', '--workers', '1');
    expect(reference.seamScore).toBeGreaterThan(1e-4);
    for (const execution of [
      ['--region', '512', '--workers', '2'],
      ['--region', '1024', '--workers', '1'],
    ]) {
      const { layers, seamScore } = await map(...chips, ...execution);
      expect(await digests(layers)).toEqual(await digests(reference.layers));
      expect(seamScore).toBeCloseTo(reference.seamScore ?? Number.NaN, 12);
    }
  });

  it('knows its seams where every region holds one chip', async () => {
    const { seamScore } = await map('--core', '512', '--halo', NARROW_HALO, '--region', '512');
    const { seamScore: whole } = await map('--core', '512', '--halo', NARROW_HALO, '--region', '2048');
    expect(seamScore).toBeGreaterThan(1e-4);
    expect(seamScore).toBeCloseTo(whole ?? Number.NaN, 12);
  });
});
