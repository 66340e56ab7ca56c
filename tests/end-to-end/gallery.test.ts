import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  }[];
}
interface Search {
  readonly searched: number;
  readonly query: { kind: string; name: string; code: string };
  readonly chips: readonly { id: string; scene: string; bucket: number; bits: number; code: string }[];
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
      existing: ['south', 'west'],
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
