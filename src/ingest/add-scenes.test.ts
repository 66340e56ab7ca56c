import { appendFileSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { silentProgress } from '../core/progress.ts';
import { sceneFile, scenesFolder } from '../workspace/layout.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import { addScenes, type AddOptions } from './add-scenes.ts';
import { plainSource } from './stac-sources.ts';

const folder = temporaryFolder('add');
const OPTIONS: AddOptions = {
  place: 'p',
  split: null,
  crs: null,
  noData: { kind: 'auto' },
  date: null,
  bands: null,
  id: null,
  replace: false,
};
let root = '';
let made = 0;

beforeEach(async () => {
  root = join(folder, `workspace-${made++}`);
  await initWorkspace(root, new Date(0));
});

const raster = (name: string, more: object = {}) => {
  mkdirSync(join(root, 'data', name, '..'), { recursive: true });
  return makeRaster(join(root, 'data', name), { width: 30, height: 20, ...more });
};

async function add(paths: string[], options: Partial<AddOptions> = {}) {
  const ports = {
    root,
    now: new Date(1000 * made),
    progress: silentProgress,
    signal: new AbortController().signal,
  };
  const { added, refused } = await addScenes(paths.map(plainSource), { ...OPTIONS, ...options }, ports);
  return {
    added: added.map(({ scene, status }) => `${scene.id} ${status}`),
    refused: refused.map(({ code }) => code),
    details: refused,
  };
}

it('adds what can be added and lists the rest with cause and hint', async () => {
  const good = raster('good.tif');
  const bare = raster('bare.tif', { epsg: null });
  const missing = join(root, 'missing.tif');
  const result = await add([bare, good, missing]);
  expect(result.added).toEqual(['good added']);
  expect(result.refused).toEqual(['NO_CRS', 'FILE_NOT_FOUND']);
  for (const { path, message, hint } of result.details) {
    expect(message).toContain(path);
    expect(hint).toBeTruthy();
  }
  expect(readdirSync(scenesFolder(root))).toEqual(['good.json']);
});

it('the same file again changes nothing; with other words it is refused; with replace recorded anew', async () => {
  const path = raster('a.tif');
  await add([path]);
  const before = readFileSync(sceneFile(root, 'a'), 'utf8');
  expect((await add([path])).added).toEqual(['a existing']);
  expect(readFileSync(sceneFile(root, 'a'), 'utf8')).toBe(before);
  expect((await add([path], { place: 'q' })).details[0]).toMatchObject({
    code: 'SCENE_EXISTS',
    message: expect.stringMatching(/place 'p', now 'q'/) as string,
  });
  expect((await add([path], { place: 'q', replace: true })).added).toEqual(['a replaced']);
});

it('a file that was changed since is refused until it is replaced', async () => {
  const path = raster('a.tif');
  await add([path]);
  appendFileSync(path, 'more');
  expect((await add([path])).refused).toEqual(['SOURCE_CHANGED']);
  expect((await add([path], { replace: true })).added).toEqual(['a replaced']);
  expect((await add([path])).added).toEqual(['a existing']);
});

it('other files of the same name get names of their own; a given name is not taken away', async () => {
  const [one, two] = [raster('x/same.tif'), raster('y/same.tif')];
  expect((await add([one, two])).added).toEqual(['same added', 'y-same added']);
  const other = raster('z/other.tif');
  expect((await add([other], { id: 'same' })).details[0]).toMatchObject({
    code: 'ID_TAKEN',
    hint: expect.stringContaining('--replace') as string,
  });
  expect((await add([other], { id: 'same', replace: true })).added).toEqual(['same replaced']);
});
