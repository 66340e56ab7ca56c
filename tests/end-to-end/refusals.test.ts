import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { writeFixtureScene } from '../../src/demo/fixture-scene.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { PROGRAM, runJson, runOk, startProgram } from '../support/program.ts';

/** What the program says, and how it ends, where a command cannot be done. */

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000 });

const folder = temporaryFolder('refusals');
const workspace = join(folder, 'workspace');
const image = join(folder, 'scene.tif');

const errorSchema = z.strictObject({
  error: z.strictObject({
    code: z.string().regex(/^[A-Z][A-Z0-9_]*$/),
    message: z.string().min(10),
    hint: z.string().min(5),
    context: z.record(z.string(), z.unknown()),
  }),
});

/** Runs a command that has to fail; stdout is one error document and nothing else. */
async function refused(...args: string[]) {
  const { code, json } = await runJson(args);
  return { exit: code, ...errorSchema.parse(json).error };
}

const newWorkspace = async (name: string, version = 1): Promise<string> => {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  const record = { version, created: '2026-01-01T00:00:00.000Z' };
  await writeFile(join(path, 'workspace.json'), JSON.stringify(record));
  return path;
};

beforeAll(async () => {
  await writeFixtureScene(folder, { name: 'scene', seed: 2 });
  await runOk(['init', workspace]);
  await runOk(['scene', 'add', image, '--place', 'here', '--workspace', workspace]);
  await runOk(['app', 'create', 'app', '--class', 'building', '--gsd', '0.5', '--workspace', workspace]);
});

describe('usage', () => {
  it.each([
    ['an option that does not exist', ['scene', 'list', '--colour', 'red']],
    ['an option without its value', ['app', 'create', 'x', '--class']],
    ['a value of the wrong kind', ['app', 'create', 'x', '--class', 'building', '--gsd', 'coarse']],
    ['a value that is not in the list', ['scene', 'add', image, '--place', 'here', '--split', 'exam']],
    ['an argument that is missing', ['scene', 'add', '--place', 'here']],
    ['an option that is required', ['scene', 'add', image]],
    ['several things at once', ['label', 'add', 'app', image, '--buffer', '-3', '--complete']],
    ['a command that does not exist', ['scene', 'destroy']],
  ])('refuses %s with exit code 2', async (_what, args) => {
    const { exit, message } = await refused(...args, '--workspace', workspace);
    expect(exit).toBe(2);
    expect(message).not.toMatch(/undefined|\[object|ZodError/);
  });

  it('names the option that is wrong', async () => {
    const { message } = await refused(
      'app',
      'create',
      'x',
      '--class',
      'building',
      '--gsd',
      'coarse',
      '--workspace',
      workspace,
    );
    expect(message).toMatch(/gsd/);
  });

  it('without --json: nothing on stdout; code, message and hint on stderr', async () => {
    const { code, stdout, stderr } = await startProgram([
      'scene',
      'show',
      'nowhere',
      '--workspace',
      workspace,
    ]).ended;
    expect(code).toBe(7);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/NO_SCENE/);
    expect(stderr).toMatch(/^hint: /m);
    expect(stderr).not.toMatch(/ at .*\.js:\d+/);
  });
});

describe('things that are not there', () => {
  it.each([
    ['NO_SCENE', ['scene', 'show', 'nowhere']],
    ['NO_SCENE', ['map', 'plan', 'app', '--scenes', 'nowhere', '--model', 'noop']],
    ['NO_SCENE', ['map', 'run', 'app', '--scenes', 'scene,nowhere', '--model', 'noop']],
    ['NO_APPLICATION', ['map', 'run', 'other', '--scenes', 'scene', '--model', 'noop']],
    ['NO_APPLICATION', ['label', 'add', 'other', join(folder, 'scene.geojson'), '--class', 'building']],
    ['NO_APPLICATION', ['model', 'train', 'other', '--mono']],
    ['NO_RUN', ['map', 'show', 'nothing']],
    ['NO_RUN', ['map', 'resume', 'nothing']],
    ['NO_RUN', ['map', 'evaluate', 'nothing']],
  ])('%s: %j', async (code, args) => {
    expect(await refused(...args, '--workspace', workspace)).toMatchObject({ exit: 7, code });
  });

  it('says what to do where no model was trained', async () => {
    const { exit, code, hint } = await refused(
      'map',
      'run',
      'app',
      '--scenes',
      'scene',
      '--workspace',
      workspace,
    );
    expect(exit).toBe(7);
    expect(code).toMatch(/MODEL/);
    expect(hint).toMatch(/model train|model import/);
  });

  it('refuses to train without labels', async () => {
    expect(await refused('model', 'train', 'app', '--mono', '--workspace', workspace)).toMatchObject({
      exit: 3,
      code: 'NO_LABELS',
    });
  });
});

describe('workspaces', () => {
  it('refuses a folder that is none', async () => {
    const { exit, code, hint } = await refused('scene', 'list', '--workspace', join(folder, 'nothing-here'));
    expect({ exit, code }).toEqual({ exit: 7, code: 'NO_WORKSPACE' });
    expect(hint).toMatch(/resflow init/);
  });

  it.each([
    ['scene', 'list'],
    ['app', 'create', 'x', '--class', 'a', '--gsd', '1'],
    ['map', 'list'],
  ])('refuses one that a newer RESFlow wrote: %s %s', async (...args) => {
    const newer = await newWorkspace('newer', 99);
    const before = await readFile(join(newer, 'workspace.json'), 'utf8');
    const error = await refused(...args, '--workspace', newer);
    expect(error).toMatchObject({ exit: 7, code: 'WORKSPACE_NEWER', context: { actual: 99, limit: 1 } });
    expect(await readFile(join(newer, 'workspace.json'), 'utf8')).toBe(before);
  });

  it('refuses one whose record is damaged, and names the file', async () => {
    const damaged = await newWorkspace('damaged');
    await writeFile(join(damaged, 'workspace.json'), '{"version": 1, "crea');
    const { exit, code, message } = await refused('scene', 'list', '--workspace', damaged);
    expect({ exit, code }).toEqual({ exit: 7, code: 'RECORD_DAMAGED' });
    expect(message).toContain('workspace.json');
  });

  it('refuses to write to one that is read-only, and still reads it', async (test) => {
    const locked = await newWorkspace('locked');
    await mkdir(join(locked, 'scenes'));
    await chmod(folder, 0o755);
    await chmod(locked, 0o555);
    const list = await runUnprivileged(['scene', 'list', '--workspace', locked, '--json']);
    if (list.code !== 0) {
      // oxlint-disable-next-line no-console -- a skip has to be seen
      console.warn(
        `SKIPPED: read-only workspace: the program does not start as another user: ${list.stderr}`,
      );
      test.skip();
    }
    const create = ['app', 'create', 'x', '--class', 'a', '--gsd', '1', '--workspace', locked, '--json'];
    const { code, stdout } = await runUnprivileged(create);
    expect(code).toBe(7);
    expect(errorSchema.parse(JSON.parse(stdout)).error.code).toBe('WORKSPACE_READ_ONLY');
    await chmod(locked, 0o755);
  });
});

/** Runs the program so that file permissions count: as nobody where we are root, whom no permission stops. */
async function runUnprivileged(args: readonly string[]) {
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    ...user,
    env: { ...process.env, HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr };
}

const refusal = z.object({ error: z.object({ code: z.string(), message: z.string(), hint: z.string() }) });

/** Maps one scene without a model, which has to be refused before anything runs; why. */
async function refusedMap(scene: string) {
  const run = ['map', 'run', 'app', '--scenes', scene, '--model', 'noop', '--workspace', workspace];
  const { code, json } = await runJson(run);
  expect(code).toBe(4);
  const { error } = refusal.parse(json);
  expect(error.code).toBe('ALL_SCENES_REFUSED');
  return error;
}

describe('a scene whose file changed after it was added', () => {
  it('is not mapped, and mapped again once it is recorded anew', async () => {
    const file = join(folder, 'changing.tif');
    const run = ['map', 'run', 'app', '--scenes', 'changing', '--model', 'noop', '--workspace', workspace];
    await copyFile(image, file);
    await runOk(['scene', 'add', file, '--place', 'here', '--workspace', workspace]);
    expect(await runOk(run)).toMatchObject({ status: 'done', tasks: { done: 1, failed: 0 } });
    const other = await writeFixtureScene(folder, { name: 'other', seed: 9 });
    await copyFile(other.image, file);
    const error = await refusedMap('changing');
    expect(error.message).toContain('changing.tif is not the file that was added');
    expect(error.hint).toMatch(/scene add/);
    await runOk(['scene', 'add', file, '--place', 'here', '--replace', '--workspace', workspace]);
    expect(await runOk(run)).toMatchObject({ status: 'done', tasks: { reused: 0, done: 1 } });
  });

  it('is not mapped once its file is gone, and its path is named', async () => {
    const file = join(folder, 'going.tif');
    await copyFile(image, file);
    await runOk(['scene', 'add', file, '--place', 'here', '--workspace', workspace]);
    await rm(file);
    const error = await refusedMap('going');
    expect(error.message).toContain('going.tif');
  });
});
