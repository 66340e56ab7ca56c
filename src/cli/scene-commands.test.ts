import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import type { Application } from '../workspace/application-record.ts';
import { writeApplication } from '../workspace/applications.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import type { AnyCommand } from './command.ts';
import { sceneAddCommand } from './scene-add.ts';
import { sceneCheckCommand } from './scene-check.ts';
import { sceneListCommand } from './scene-list.ts';
import { sceneRemoveCommand } from './scene-remove.ts';
import { sceneShowCommand } from './scene-show.ts';

const folder = temporaryFolder('commands');
let workspace = '';
let made = 0;

beforeEach(async () => {
  workspace = join(folder, `workspace-${made++}`);
  await initWorkspace(workspace, new Date(0));
});

/** Runs a command as the program does: checked input, result, exit code, text. */
async function run(command: AnyCommand, given: Record<string, unknown>) {
  const output = await command.run(command.input.parse(given), {
    workspace,
    log: createLogger('silent'),
    progress: silentProgress,
    signal: new AbortController().signal,
    now: () => new Date(0),
    env: {},
    commands: [],
  });
  return { output, code: command.exitCode?.(output) ?? 0, text: command.render(output) };
}

const good = (name: string, more: object = {}) =>
  makeRaster(join(workspace, name), { width: 30, height: 20, bands: 3, ...more });

describe('scene add', () => {
  it('gives the result of the contract, and its exit codes', async () => {
    const paths = [good('a.tif'), good('b.tif', { epsg: null })];
    const mixed = await run(sceneAddCommand, { paths, place: 'here', split: 'train' });
    expect(mixed.output).toMatchObject({
      scenes: [
        { id: 'a', place: 'here', split: 'train', status: 'added', width: 30, height: 20, crs: 'EPSG:32645' },
      ],
      refused: [{ path: paths[1], code: 'NO_CRS' }],
    });
    expect(mixed.code).toBe(6);
    expect(mixed.text).toMatch(/NO_CRS[\s\S]*hint: .*--crs/);
    expect((await run(sceneAddCommand, { paths: [paths[1]], place: 'here' })).code).toBe(3);
    expect((await run(sceneAddCommand, { paths: [paths[1]], place: 'here', crs: 'EPSG:32645' })).code).toBe(
      0,
    );
  });

  it.each([
    [{ date: 'soon' }, /--date soon/],
    [{ nodata: '0', nodataColour: '1,2,3' }, /exclude each other/],
    [{ nodata: 'none' }, /not a number/],
    [{ nodataColour: '1,2' }, /three numbers/],
    [{ crs: 'EPSG:1' }, /no CRS that is known/],
    [{ bands: 'red,red' }, /different from each other/],
  ])('refuses %o', async (given, message) => {
    await expect(run(sceneAddCommand, { paths: [good('a.tif')], place: 'p', ...given })).rejects.toThrow(
      message,
    );
  });

  it('gives one identifier to one source only', async () => {
    const given = { paths: [good('a.tif'), good('b.tif')], place: 'p', id: 'x' };
    await expect(run(sceneAddCommand, given)).rejects.toMatchObject({ code: 'BAD_OPTION', exitCode: 2 });
  });
});

it('scene list filters, scene show tells all, scene remove is all or nothing', async () => {
  await run(sceneAddCommand, { paths: [good('a.tif')], place: 'p', split: 'test' });
  await run(sceneAddCommand, { paths: [good('b.tif')], place: 'q' });
  const listed = await run(sceneListCommand, { place: 'q' });
  expect(listed.output).toMatchObject({ scenes: [{ id: 'b' }] });
  expect((await run(sceneListCommand, { split: 'test' })).output).toMatchObject({ scenes: [{ id: 'a' }] });
  const shown = await run(sceneShowCommand, { id: 'a' });
  expect(shown.output).toMatchObject({ type: 'Feature', stac_version: '1.1.0', id: 'a' });
  expect(shown.text).toMatch(/EPSG:32645[\s\S]*every pixel is data; 100.00 % valid[\s\S]*3 blue \(uint8\)/);
  await expect(run(sceneRemoveCommand, { ids: ['a', 'nope'] })).rejects.toMatchObject({ code: 'NO_SCENE' });
  expect((await run(sceneRemoveCommand, { ids: ['a', 'a'] })).output).toEqual({ removed: ['a'] });
  expect((await run(sceneListCommand, {})).output).toMatchObject({ scenes: [{ id: 'b' }] });
});

it('scene check tells what an application would refuse, and why', async () => {
  const app: Application = {
    version: 1,
    name: 'buildings',
    created: '2026-01-01T00:00:00Z',
    classes: [{ id: 1, name: 'building', colour: '#ff0000' }],
    background: true,
    bands: ['red', 'green', 'blue'],
    gsdMetres: 0.5,
    gsdRange: { min: 0.25, max: 1 },
    loss: 'cross-entropy',
    minObjectM2: 0,
  };
  await writeApplication(workspace, app);
  const changed = good('changed.tif');
  const paths = [
    good('fine.tif'),
    good('grey.tif', { bands: 1 }),
    good('coarse.tif', { transform: [5e5, 10, 0, 3e6, 0, -10] }),
    changed,
  ];
  await run(sceneAddCommand, { paths, place: 'p' });
  good('changed.tif', { width: 31 });
  const { output, code } = await run(sceneCheckCommand, { app: 'buildings' });
  expect(code).toBe(4);
  const { scenes, refused } = output as {
    scenes: { id: string; accepted: boolean; problems: { code: string }[] }[];
    refused: number;
  };
  expect(refused).toBe(3);
  expect(scenes.map(({ id, problems }) => [id, ...problems.map((p) => p.code)])).toEqual([
    ['changed', 'SOURCE_CHANGED'],
    ['coarse', 'GSD_OUT_OF_RANGE'],
    ['fine'],
    ['grey', 'BANDS_MISSING'],
  ]);
  expect((await run(sceneCheckCommand, { app: 'buildings', scenes: 'fine' })).code).toBe(0);
});
