import { join } from 'node:path';
import { expect, it } from 'vitest';
import { makeRaster } from '../../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../../tests/fixtures/temporary-folder.ts';
import { openRaster } from '../../raster/open-dataset.ts';
import { DatasetPool, type Handle, type PooledFile } from './dataset-pool.ts';

const folder = temporaryFolder('pool');
const files: PooledFile[] = ['a', 'b', 'c'].map((name) => {
  const path = makeRaster(join(folder, `${name}.tif`), { width: 8, height: 8 });
  return { key: name, open: () => openRaster(path) };
});
const [a, b, c] = files as [PooledFile, PooledFile, PooledFile];

it('lends a handle to one reader at a time, and opens no more than allowed', async () => {
  const pool = new DatasetPool({ perFile: 2, total: 8 });
  const inUse = new Set<Handle>();
  let most = 0;
  let second = (): void => undefined;
  const twoAtOnce = new Promise<void>((resolve) => (second = resolve));
  const work = async (handle: Handle) => {
    expect(inUse.has(handle)).toBe(false);
    inUse.add(handle);
    most = Math.max(most, inUse.size);
    if (inUse.size === 2) second();
    await twoAtOnce;
    await new Promise((resolve) => setImmediate(resolve));
    inUse.delete(handle);
  };
  await Promise.all(Array.from({ length: 20 }, () => pool.use(a, work)));
  expect([most, pool.size]).toEqual([2, 2]);
  pool.close();
  expect(pool.size).toBe(0);
});

it('closes what was idle longest', async () => {
  const pool = new DatasetPool({ perFile: 2, total: 2 });
  const of = (file: PooledFile) => pool.use(file, (handle) => Promise.resolve(handle));
  const first = await of(a);
  const second = await of(b);
  expect((await of(a)) === first).toBe(true);
  await of(c);
  expect(pool.size).toBe(2);
  expect((await of(a)) === first).toBe(true);
  expect((await of(b)) === second).toBe(false);
  pool.close();
});

it('does not keep a handle whose work failed, nor lose a place to one that does not open', async () => {
  const pool = new DatasetPool({ perFile: 1, total: 8 });
  await expect(pool.use(a, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(pool.size).toBe(0);
  const missing: PooledFile = { key: 'a', open: () => Promise.reject(new Error('gone')) };
  const asked = [pool.use(missing, () => Promise.resolve(1)), pool.use(a, () => Promise.resolve(2))];
  await expect(asked[0]).rejects.toThrow('gone');
  expect(await asked[1]).toBe(2);
  pool.close();
});
