import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gdal } from '../../src/raster/gdal.ts';
import { writeRun } from '../../src/workspace/runs.ts';
import { FAKE_TRAINER, SMALL_CHIPS, workspaceWithPatches, writePatches } from '../support/gallery.ts';
import { runJson, runOk } from '../support/program.ts';
import { filesBelow, temporaryFolder } from '../support/workspace.ts';

interface Gallery {
  readonly partition: string;
  readonly chips: number;
  readonly chipsFolder: string;
  readonly clusters: { clusters: number; elbow: number; chosenBy: string };
  readonly regions: { planned: number; reused: number; done: number };
  readonly buckets: readonly { bucket: number; chips: number }[];
  readonly scenes: readonly {
    scene: string;
    chips: number;
    fitted: boolean;
    inWorkspace: boolean;
    stabilityIndex: number;
    unknownShare: number | null;
  }[];
}
interface Suggestions {
  readonly chipsLabelled: number;
  readonly chipsMapped: number;
  readonly buckets: readonly { bucket: number; labelledScenes: number; uncertainty: number | null }[];
  readonly chips: readonly { id: string; scene: string; bucket: number; code: string; uncertainty: number }[];
}
interface Search {
  readonly searched: number;
  readonly query: { kind: string; name: string; code: string };
  readonly chips: readonly { id: string; scene: string; bucket: number; bits: number; code: string }[];
}

/** A finished run over `north` whose map is sure everywhere but in one chip. */
async function writeConfidence(workspace: string, folder: string): Promise<void> {
  const confidence = join(folder, 'confidence.tif');
  const [width, height] = [512, 384];
  const values = new Uint8Array(width * height).fill(255);
  for (let y = 0; y < 64; y += 1) values.fill(153, y * width + 64, y * width + 128);
  const dataset = gdal.open(confidence, 'w', 'GTiff', width, height, 1, gdal.GDT_Byte);
  dataset.bands.get(1).pixels.write(0, 0, width, height, values);
  dataset.bands.get(1).scale = 1 / 255;
  dataset.close();
  const layers = { confidence };
  const time = '2026-01-01T00:00:00.000Z';
  await writeRun(workspace, {
    version: 1,
    id: 'run-1',
    application: 'roofs',
    model: { id: 'm', variant: 'float32', sha256: 'ab' },
    engine: 'local',
    created: time,
    updated: time,
    status: 'done',
    parameters: { corePixels: 64, haloPixels: 0, blendPixels: 0, blockPixels: 64, gsdMetres: 0.5 },
    execution: { regionPixels: 512, workers: 1, maxMemoryMiB: 1 },
    scenes: [
      { scene: 'north', status: 'done', regions: 1, layers, item: null, seamScore: null, failures: [] },
    ],
    tasks: { planned: 1, reused: 0, done: 1, failed: 0 },
    seconds: 1,
    megapixels: 1,
    megapixelsPerSecond: 1,
    overlapFactor: null,
    seamScore: null,
    peakMemoryMiB: 1,
    coordinator: null,
  });
}

const model = (name: string) => fileURLToPath(new URL(`../fixtures/models/${name}.onnx`, import.meta.url));

describe('the image gallery', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  let built: Gallery;
  const gallery = async (...args: string[]): Promise<Gallery> =>
    (await runOk(['gallery', ...args, '--workspace', workspace], FAKE_TRAINER)) as unknown as Gallery;
  const search = async (...args: string[]): Promise<Search> =>
    (await runOk(['gallery', 'search', ...args, '--workspace', workspace])) as unknown as Search;
  const refusal = async (
    ...args: string[]
  ): Promise<{ code: string; message: string; exit: number | null }> => {
    const { json, code: exit } = await runJson(['gallery', ...args, '--workspace', workspace], FAKE_TRAINER);
    return { ...(json as { error: { code: string; message: string } }).error, exit };
  };
  const digestsOf = async (below: string) => {
    const files = await filesBelow(below);
    const entries = files.sort().map(async (file) => {
      const { mtimeMs } = await stat(file);
      return [
        file,
        createHash('sha256')
          .update(await readFile(file))
          .digest('hex'),
        mtimeMs,
      ] as const;
    });
    return Promise.all(entries);
  };

  beforeAll(async () => {
    folder = await temporaryFolder('gallery');
    workspace = await workspaceWithPatches(folder.path);
  });
  afterAll(() => folder.remove());

  it('says so where there is none', async () => {
    expect(await refusal('show')).toMatchObject({ code: 'NO_GALLERY', exit: 7 });
    expect(await refusal('add', '--all')).toMatchObject({ code: 'NO_GALLERY' });
  });

  it('is built of every chip, once', async () => {
    built = await gallery('build', '--all', ...SMALL_CHIPS);
    expect(built).toMatchObject({ chips: 96, regions: { planned: 2, reused: 0, done: 2 } });
    // The scenes are made of four kinds of patches.
    expect(built.clusters).toMatchObject({ clusters: 4, elbow: 4, chosenBy: 'elbow' });
    expect(built.buckets.reduce((sum, { chips }) => sum + chips, 0)).toBe(96);
    const again = await gallery('build', '--all', ...SMALL_CHIPS);
    expect(again).toMatchObject({ partition: built.partition, chips: 96, regions: { reused: 2, done: 0 } });
  });

  it('finds what looks alike, by chip, place and file', async () => {
    const found = await search('north/0-64', '--limit', '5');
    expect(found.searched).toBe(96);
    expect(found.chips).toHaveLength(5);
    expect(found.chips.find(({ id }) => id === 'north/0-64')?.bits).toBe(0);
    expect(found.chips.every(({ bits }, i) => bits >= (found.chips[i - 1]?.bits ?? 0))).toBe(true);
    // The chip at column 64: 48 m east of the corner.
    const { chips } = await search('north/0-64', '--limit', '1', '--max-distance', '0');
    const [lon, lat] = (chips[0] as unknown as { centre: [number, number] }).centre;
    const there = await search(`${lon},${lat}`, '--limit', '1');
    expect(there.query).toMatchObject({ kind: 'place', code: found.query.code });
    const file = await search(join(folder.path, 'north.tif'), '--limit', '3', '--place', 'south');
    expect(file.query.kind).toBe('file');
    expect(file.searched).toBe(48);
    expect(file.chips.map(({ scene }) => scene)).toEqual(['south', 'south', 'south']);
    // The same picture without a position: its pixels are taken to have the gallery's size, which they have.
    const picture = join(folder.path, 'north.png');
    await sharp(join(folder.path, 'north.tif')).png().toFile(picture);
    expect((await search(picture, '--limit', '1')).query.code).toBe(file.query.code);
  });

  it('finds within a bucket, and since a day', async () => {
    const bucket = built.buckets[1];
    const inBucket = await search('north/0-64', '--bucket', '1', '--limit', '1000');
    expect(inBucket.chips).toHaveLength(bucket?.chips ?? -1);
    expect(new Set(inBucket.chips.map((chip) => chip.bucket))).toEqual(new Set([1]));
    const since = await search('north/0-64', '--since', '2024-01-01');
    expect(new Set(since.chips.map(({ scene }) => scene))).toEqual(new Set(['south']));
  });

  it('draws what it finds and what buckets hold', async () => {
    const sheet = join(folder.path, 'alike.png');
    const geojson = join(folder.path, 'alike.geojson');
    await search('north/0-64', '--limit', '9', '--sheet', sheet, '--geojson', geojson);
    expect((await sharp(sheet).metadata()).height).toBeGreaterThan(400);
    const outlines = JSON.parse(await readFile(geojson, 'utf8')) as { features: unknown[] };
    expect(outlines.features).toHaveLength(9);
    const shown = (await gallery('show', '--sheet', join(folder.path, 'sheets'))) as unknown as {
      sheets: string[];
    };
    expect(shown.sheets).toHaveLength(4);
  });

  it('takes new scenes without touching the old ones, and says how unlike they are', async () => {
    const before = await digestsOf(built.chipsFolder);
    const west = join(folder.path, 'west.tif');
    writePatches(west, { width: 256, height: 256 }, { seed: 9, east: 5000 });
    await runOk(['scene', 'add', west, '--place', 'west', '--id', 'west', '--workspace', workspace]);
    const added = await gallery('add', '--all');
    expect(added).toMatchObject({ partition: built.partition, chips: 112, added: ['west'] });
    const scene = added.scenes.find((one) => one.scene === 'west');
    expect(scene).toMatchObject({ chips: 16, fitted: false, inWorkspace: true });
    // It has as much of every kind of patch as the others.
    expect(scene?.stabilityIndex).toBe(0);
    const after = await digestsOf(built.chipsFolder);
    expect(after.filter(([file]) => !file.includes('scene=west'))).toEqual(before);
    expect(await gallery('add', '--scenes', 'west')).toMatchObject({ added: [], existing: ['west'] });
  });

  it('marks chips that look like none it was built of', async () => {
    expect(built.scenes.map(({ unknownShare }) => unknownShare)).not.toContain(null);
    const fitted = built.scenes.reduce(
      (sum, { chips, unknownShare }) => sum + chips * (unknownShare ?? 0),
      0,
    );
    // 95 of 100 of the fit's chips are known.
    expect(fitted).toBeLessThanOrEqual(0.05 * 96);
    const odd = join(folder.path, 'odd.tif');
    const colours = [
      [250, 5, 5],
      [5, 5, 220],
    ] as const;
    writePatches(odd, { width: 256, height: 128 }, { seed: 3, east: 7000, colours });
    await runOk(['scene', 'add', odd, '--place', 'odd', '--id', 'odd', '--workspace', workspace]);
    const { scenes } = await gallery('add', '--scenes', 'odd');
    const shareOf = (id: string) => scenes.find(({ scene }) => scene === id)?.unknownShare;
    expect(shareOf('odd')).toBe(1);
    expect(shareOf('west')).toBeLessThan(0.3);
  });

  it('suggests what to label next: not what is labelled, and what maps are unsure of first', async () => {
    const app = ['app', 'create', 'roofs', '--class', 'roof', '--gsd', '0.5'];
    await runOk([...app, '--workspace', workspace]);
    const geojson = join(folder.path, 'roofs.geojson');
    const square = [500_100, 500_110].flatMap((x) => [8_999_900, 8_999_910].map((y) => [x + 1000, y]));
    const [a, b, c, d] = square;
    const geometry = { type: 'Polygon', coordinates: [[a, b, d, c, a]] };
    const crs = { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32737' } };
    const features = [{ type: 'Feature', properties: {}, geometry }];
    await writeFile(geojson, JSON.stringify({ type: 'FeatureCollection', crs, features }));
    const label = ['label', 'add', 'roofs', geojson, '--class', 'roof', '--complete', 'scene'];
    await runOk([...label, '--scene', 'south', '--workspace', workspace]);
    const suggest = async (...args: string[]) =>
      (await gallery('suggest', 'roofs', ...args)) as unknown as Suggestions;
    const plain = await suggest('--budget', '8');
    expect(plain).toMatchObject({ chipsLabelled: 48, chipsMapped: 0 });
    expect(plain.chips.map(({ scene }) => scene)).not.toContain('south');
    expect(plain.buckets.every(({ labelledScenes }) => labelledScenes === 1)).toBe(true);
    // What a scene repeats is suggested once.
    const names = plain.chips.map(({ scene, code }) => `${scene} ${code}`);
    expect(new Set(names).size).toBe(names.length);
    await writeConfidence(workspace, folder.path);
    const sheet = join(folder.path, 'next.png');
    const outlines = join(folder.path, 'next.geojson');
    const mapped = await suggest('--budget', '4', '--sheet', sheet, '--geojson', outlines);
    expect(mapped.chipsMapped).toBe(48);
    // Column 64 and row 0 are unsure, the rest of the map is sure.
    expect(mapped.chips[0]?.id).toBe('north/0-64');
    expect(mapped.chips[0]?.uncertainty).toBeCloseTo(0.8, 9);
    expect((await sharp(sheet).metadata()).width).toBeGreaterThan(600);
    const written = JSON.parse(await readFile(outlines, 'utf8')) as { features: unknown[] };
    expect(written.features).toHaveLength(mapped.chips.length);
    expect(await refusal('suggest', 'nothing')).toMatchObject({ code: 'NO_APPLICATION' });
  });

  it('keeps the chips of a scene that was removed, and refuses one that was replaced', async () => {
    const north = join(folder.path, 'north.tif');
    await runOk(['scene', 'remove', 'north', '--workspace', workspace]);
    const shown = await gallery('show');
    expect(shown.scenes.find(({ scene }) => scene === 'north')).toMatchObject({
      chips: 48,
      inWorkspace: false,
    });
    const sheet = join(folder.path, 'without.png');
    expect((await search('north/0-64', '--limit', '3', '--sheet', sheet)).chips).toHaveLength(3);
    writePatches(north, { width: 512, height: 384 }, { seed: 77 });
    await runOk(['scene', 'add', north, '--place', 'north', '--id', 'north', '--workspace', workspace]);
    const { json, code } = await runJson(['gallery', 'add', '--all', '--workspace', workspace]);
    expect(code).toBe(6);
    expect(json).toMatchObject({
      added: [],
      existing: ['odd', 'south', 'west'],
      refused: [{ scene: 'north', problems: [{ code: 'SCENE_CHANGED' }] }],
    });
  });

  it('refuses what it cannot do, by name', async () => {
    const build = (...args: string[]) => refusal('build', '--scenes', 'south', ...SMALL_CHIPS, ...args);
    expect(await build('--bits', '20')).toMatchObject({ code: 'BAD_BITS', exit: 2 });
    expect(await build('--extractor', 'magic')).toMatchObject({ code: 'BAD_EXTRACTOR', exit: 2 });
    expect(await build('--clusters', '49')).toMatchObject({ code: 'TOO_FEW_CHIPS', exit: 2 });
    const nan = await build('--extractor', model('nan-encoder'));
    expect(nan).toMatchObject({ code: 'EMBEDDING_NOT_FINITE', exit: 6 });
    expect(nan.message).toMatch(/for chip south\/\d+-\d+/);
    expect(await build('--extractor', model('conv3'))).toMatchObject({ code: 'MODEL_OUTPUTS', exit: 3 });
    expect(await build('--bands', 'red,nir')).toMatchObject({ code: 'ALL_SCENES_REFUSED', exit: 4 });
    expect(await refusal('search', 'north/1-1')).toMatchObject({ code: 'NO_CHIP', exit: 3 });
    expect(await refusal('search', '-12.5,3')).toMatchObject({ code: 'NO_CHIP_THERE', exit: 3 });
    expect(await refusal('search', 'south/0-0', '--bucket', '4')).toMatchObject({
      code: 'NO_BUCKET',
      exit: 2,
    });
  });

  it('is built with an encoder of the user, of one place, beside the older version', async () => {
    const own = await gallery(
      'build',
      '--scenes',
      'south',
      ...SMALL_CHIPS,
      '--extractor',
      model('chip-encoder'),
    );
    expect(own.partition).not.toBe(built.partition);
    expect(own).toMatchObject({ chips: 48, extractor: { kind: 'imported', dims: 8 } });
    expect(own).toMatchObject({ quality: { heldOut: { by: 'chip', places: [] } } });
    expect((await stat(built.chipsFolder)).isDirectory()).toBe(true);
  });
});
