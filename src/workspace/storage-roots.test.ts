import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import type { SceneItem } from './scene-record.ts';
import { checkStorageRoots, storageRoots } from './storage-roots.ts';

const sceneAt = (href: string, parts: readonly string[] = []): SceneItem =>
  ({
    id: 'scene',
    properties: { 'resflow:source': { href, parts: parts.map((part) => ({ href: part })) } },
    assets: { image: { href } },
  }) as unknown as SceneItem;

describe('the storage that a worker may read', () => {
  const folder = temporaryFolder('roots');
  const at = (...names: string[]) => join(folder, ...names);

  beforeAll(async () => {
    await mkdir(at('scenes'));
    await mkdir(at('scenes-private'));
    for (const name of ['scenes/a.tif', 'scenes-private/b.tif']) await writeFile(at(name), '');
    await symlink(at('scenes-private', 'b.tif'), at('scenes', 'link.tif'));
  });

  it('is everything that scenes name where nothing is said', async () => {
    expect(storageRoots({})).toBeNull();
    await expect(checkStorageRoots(sceneAt('/anywhere/x.tif'), null)).resolves.toBeUndefined();
  });

  it('is what the variable lists, below folders and prefixes', async () => {
    const roots = storageRoots({ RESFLOW_STORAGE_ROOTS: ` ${at('scenes')}  s3://bucket/archive/ ` });
    expect(roots).toEqual([at('scenes'), 's3://bucket/archive/']);
    await expect(checkStorageRoots(sceneAt(at('scenes', 'a.tif')), roots)).resolves.toBeUndefined();
    await expect(checkStorageRoots(sceneAt('s3://bucket/archive/a.tif'), roots)).resolves.toBeUndefined();
  });

  it.each([
    ['a folder whose name begins alike', () => sceneAt(at('scenes-private', 'b.tif'))],
    ['a link that leads out', () => sceneAt(at('scenes', 'link.tif'))],
    ['a way up', () => sceneAt(`${at('scenes')}/../scenes-private/b.tif`)],
    ['another bucket', () => sceneAt('s3://bucket-2/archive/a.tif')],
    ['a bucket whose name begins alike', () => sceneAt('s3://open-2/a.tif')],
    ['a way up a server', () => sceneAt('https://host/scenes/%2e%2e/private/b.tif')],
    ['a file that a VRT brings in', () => sceneAt(at('scenes', 'a.tif'), [at('scenes-private', 'b.tif')])],
  ])('is not %s', async (_, scene) => {
    const roots = [at('scenes'), 's3://bucket/archive/', 's3://open', 'https://host/scenes'];
    await expect(checkStorageRoots(scene(), roots)).rejects.toMatchObject({ code: 'SOURCE_NOT_ALLOWED' });
  });
});
