import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeScene, square, writeGeoJson } from '../../tests/fixtures/labelled-scene.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { writeScene } from '../workspace/scenes.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import { appCreateCommand } from './app-create.ts';
import { appListCommand, appShowCommand } from './app-show.ts';
import type { AnyCommand } from './command.ts';
import { labelAddCommand } from './label-add.ts';
import { labelListCommand, labelRemoveCommand } from './label-list.ts';
import { modelTrainCommand } from './model-train.ts';
import { modelListCommand } from './model-list.ts';
import { modelShowCommand } from './model-show.ts';
import { prepareTraining } from './prepare-training.ts';
import { splitMakeCommand } from './split-make.ts';

const workspace = temporaryFolder('label-and-train');
const context = {
  workspace,
  log: createLogger('silent'),
  progress: silentProgress,
  signal: new AbortController().signal,
  now: () => new Date('2024-01-01T00:00:00Z'),
  env: { RESFLOW_PYTHON: '/nowhere/python' },
  commands: [],
};

/** A command as the program runs it: input checked, result as JSON and as text. */
async function run(
  command: AnyCommand,
  given: Record<string, unknown>,
): Promise<{ result: Record<string, unknown>; text: string; code: number }> {
  const result = await command.run(command.input.parse(given), context);
  return {
    result: JSON.parse(JSON.stringify(result)) as Record<string, unknown>,
    text: command.render(result),
    code: command.exitCode?.(result) ?? 0,
  };
}

const at = (name: string) => join(workspace, name);

beforeAll(async () => {
  await initWorkspace(workspace, context.now());
  // Three places side by side; the second scene of the first place lies far away.
  for (const [i, place] of ['east', 'middle', 'west'].entries()) {
    const recipe = { width: 260, height: 160, transform: [4_370_000 + 400 * i, 0.5, 0, -690_000, 0, -0.5] };
    await writeScene(workspace, await makeScene(workspace, `scene-${place}`, { place, recipe }));
  }
});

describe('applications and labels', () => {
  it('are made once, and the same again changes nothing', async () => {
    const given = { name: 'buildings', class: ['building', 'water:#0000FF'], gsd: '0.5' };
    const { result } = await run(appCreateCommand, given);
    expect(result).toMatchObject({
      created: true,
      application: { gsdMetres: 0.5, gsdRange: { min: 0.05, max: 2 }, background: true, minObjectM2: 4 },
    });
    expect(result['application']).toMatchObject({
      classes: [
        { id: 1, name: 'building', colour: '#e8452c' },
        { id: 2, name: 'water', colour: '#0000ff' },
      ],
    });
    expect((await run(appCreateCommand, given)).result).toMatchObject({ created: false });
    await expect(run(appCreateCommand, { ...given, gsd: '0.4' })).rejects.toMatchObject({
      code: 'APPLICATION_EXISTS',
    });
    await expect(run(appCreateCommand, { ...given, name: 'b', class: ['a', 'a'] })).rejects.toMatchObject({
      code: 'BAD_CLASS',
    });
    await expect(run(appCreateCommand, { ...given, name: 'b', gsdMin: '1' })).rejects.toMatchObject({
      code: 'BAD_OPTION',
    });
    const many = await run(appCreateCommand, {
      name: 'many',
      class: Array.from({ length: 30 }, (_, i) => `c${i}`),
      gsd: '1',
    });
    const colours = (many.result['application'] as { classes: { colour: string }[] }).classes.map(
      ({ colour }) => colour,
    );
    expect(new Set(colours).size).toBe(30);
  });

  it('cannot be trained or split before there are labels', async () => {
    await expect(run(splitMakeCommand, { name: 'buildings' })).rejects.toMatchObject({ code: 'NO_LABELS' });
    await expect(prepareTraining({ name: 'buildings', seed: 1, set: [] }, context)).rejects.toMatchObject({
      code: 'NO_LABELS',
    });
    await expect(run(labelListCommand, { name: 'roads' })).rejects.toMatchObject({ code: 'NO_APPLICATION' });
  });

  it('files that hit scenes are added, others are told or refused, and the exit code says so', async () => {
    const east = writeGeoJson(at('east.geojson'), [
      { rings: [square(0, 0, 150)] },
      { rings: [square(180, 5, 60)] },
    ]);
    const middle = writeGeoJson(at('middle.geojson'), [{ rings: [square(810, 10, 140)] }]);
    const west = writeGeoJson(at('west.geojson'), [{ rings: [square(1610, 10, 140)] }]);
    const far = writeGeoJson(at('far.geojson'), [{ rings: [square(90_000, 10, 20)] }]);
    const files = [east, middle, west, far, at('missing.geojson')];
    const { result, text, code } = await run(labelAddCommand, {
      name: 'buildings',
      files,
      class: 'building',
      complete: 'scene',
    });
    expect(code).toBe(6);
    expect(result).toMatchObject({
      application: 'buildings',
      labels: [
        { added: true, scenes: [{ scene: 'scene-east', objects: 2, labelledShare: 1 }] },
        { added: true },
        { added: true },
        { added: false, scenes: [] },
      ],
      refused: [{ path: at('missing.geojson'), code: 'FILE_NOT_FOUND' }],
    });
    expect(text).toMatch(/far\.geojson: none of its 1 objects hits any scene/);
    const again = await run(labelAddCommand, {
      name: 'buildings',
      files: [east],
      class: 'building',
      complete: 'scene',
    });
    expect(again.result).toMatchObject({ labels: [{ replaced: true }] });
    expect(((await run(labelListCommand, { name: 'buildings' })).result['labels'] as unknown[]).length).toBe(
      3,
    );
    await expect(
      run(labelAddCommand, { name: 'buildings', files: [far], class: 'building' }),
    ).rejects.toMatchObject({ code: 'LABELS_OUTSIDE_SCENES' });
  });

  it('completeness of scenes that labels fill but a corner of is told', async () => {
    const corner = writeGeoJson(at('corner.geojson'), [{ rings: [square(10, 10, 20)] }]);
    const { text, result } = await run(labelAddCommand, {
      name: 'buildings',
      files: [corner],
      class: 'water',
      complete: 'scene',
    });
    expect(text).toMatch(
      /scene 'scene-east': the objects lie within 1 % of it, and all the rest now counts as background/,
    );
    const [{ id }] = result['labels'] as [{ id: string }];
    await run(labelRemoveCommand, { name: 'buildings', ids: [id] });
    await expect(run(labelRemoveCommand, { name: 'buildings', ids: [id] })).rejects.toMatchObject({
      code: 'NO_LABELS',
    });
  });
});

describe('training', () => {
  const asking = (split: object) =>
    prepareTraining({ name: 'buildings', seed: 1, set: [`split=${JSON.stringify(split)}`] }, context);

  it('refuses a split that names what is not there, or a scene twice, before anything is written', async () => {
    await expect(asking({ train: ['scene-west', 'scene-far'] })).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/names scene-far, which/) as string,
    });
    await expect(asking({ train: [] })).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(
      asking({ train: ['scene-west', 'scene-east'], validation: ['scene-west'] }),
    ).rejects.toMatchObject({ code: 'BAD_OPTION', message: expect.stringMatching(/both/) as string });
    expect(existsSync(at('training-sets'))).toBe(false);
  });

  it('sets places aside where nobody did, and says which', async () => {
    const { split, notes, built } = await prepareTraining({ name: 'buildings', seed: 1, set: [] }, context);
    expect(split?.train).toHaveLength(2);
    expect(split?.validation).toHaveLength(1);
    expect(notes.join(' ')).toMatch(/set aside by seed 1: (east|middle|west)\./);
    expect(built.set.scenes.map(({ id }) => id).sort()).toEqual(['scene-east', 'scene-middle', 'scene-west']);
    expect((await prepareTraining({ name: 'buildings', seed: 1, set: [] }, context)).built.reused).toBe(true);
  });

  it('takes the split that is asked for', async () => {
    const split = { train: ['scene-west'], validation: ['scene-east'] };
    expect((await asking(split)).split).toEqual(split);
  });

  it('follows a split by place, and a split by blocks', async () => {
    const place = await run(splitMakeCommand, { name: 'buildings', validation: '0.3', test: '0.3' });
    const splits = (place.result['scenes'] as { split: string }[]).map(({ split }) => split);
    expect([...splits].sort()).toEqual(['test', 'train', 'validation']);
    const byPlace = await prepareTraining({ name: 'buildings', seed: 1, set: [] }, context);
    expect(byPlace.split).toBeNull();
    expect(byPlace.built.set.scenes.map(({ split }) => split).sort()).toEqual(['train', 'validation']);
    await run(splitMakeCommand, { name: 'buildings', by: 'blocks', blockMetres: '32', guardMetres: '5' });
    const byBlocks = await prepareTraining({ name: 'buildings', seed: 1, set: [] }, context);
    expect(byBlocks.built.set.scenes.map(({ id }) => id)).toContain('scene-east.validation');
    await expect(
      run(splitMakeCommand, { name: 'buildings', by: 'blocks', blockMetres: '32', guardMetres: '20' }),
    ).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('needs a Python, and says so before it writes anything', async () => {
    await expect(run(modelTrainCommand, { name: 'buildings', mono: true })).rejects.toMatchObject({
      code: 'PYTHON_MISSING',
    });
    await expect(
      run(modelTrainCommand, { name: 'buildings', mono: true, recipe: 'finetune' }),
    ).rejects.toMatchObject({ code: 'BAD_OPTION', hint: expect.stringContaining('--mono') as string });
    await expect(
      run(modelTrainCommand, { name: 'buildings', mono: true, set: ['batch'] }),
    ).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  it('refuses a leak between scenes of different splits', async () => {
    const twin = await makeScene(workspace, 'twin', {
      place: 'elsewhere',
      split: 'test',
      recipe: { width: 260, height: 160, transform: [4_370_030, 0.5, 0, -690_000, 0, -0.5] },
    });
    await writeScene(workspace, twin);
    await expect(prepareTraining({ name: 'buildings', seed: 1, set: [] }, context)).rejects.toMatchObject({
      code: 'SPLIT_LEAK',
      message: expect.stringMatching(/'twin'/) as string,
    });
  });

  it('lists and shows what there is', async () => {
    expect((await run(appListCommand, {})).result).toMatchObject({
      applications: [{ name: 'buildings', labels: 3, models: 0 }, { name: 'many' }],
    });
    expect((await run(appShowCommand, { name: 'buildings' })).text).toMatch(/3 source\(s\)/);
    expect((await run(modelListCommand, {})).text).toMatch(/No models/);
    await expect(run(modelShowCommand, { model: 'mono-1' })).rejects.toMatchObject({ code: 'NO_MODEL' });
  });
});
