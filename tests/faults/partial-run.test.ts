import { open, rename, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { gdal } from '../../src/raster/gdal.ts';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { digests, temporaryFolder, workspaceWithScene, writeScene } from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SIZE = { width: 2048, height: 2048 };
const RUN = ['map', 'run', 'app', '--all', '--model', 'noop', '--region', '1024', '--workers', '2'];

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly scenes: readonly {
    scene: string;
    status: string;
    layers: Record<string, string>;
    failures: readonly { code: string; message: string; hint: string | null; task: string | null }[];
  }[];
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
}

/** Overwrites bytes in the middle of a file, as a bad disk would: size and times stay. */
async function spoil(path: string): Promise<() => Promise<void>> {
  const { size, atime, mtime } = await stat(path);
  const at = Math.floor(size / 2);
  const before = Buffer.alloc(4096);
  const put = async (bytes: Buffer) => {
    const file = await open(path, 'r+');
    await file.write(bytes, 0, bytes.length, at);
    await file.close();
    await utimes(path, atime, mtime);
  };
  const file = await open(path, 'r');
  await file.read(before, 0, before.length, at);
  await file.close();
  await put(Buffer.alloc(before.length, 0xff));
  return () => put(before);
}

describe('a run of which some regions fail', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  let image = '';
  beforeAll(async () => {
    folder = await temporaryFolder('partial');
    workspace = await workspaceWithScene(folder.path, SIZE);
    const plain = join(folder.path, 'plain.tif');
    image = join(folder.path, 'packed.tif');
    writeScene(plain, SIZE, 12);
    const options = ['TILED=YES', 'COMPRESS=DEFLATE', 'BLOCKXSIZE=256', 'BLOCKYSIZE=256'];
    gdal.drivers.get('GTiff').createCopy(image, gdal.open(plain), options).close();
    await runOk(['scene', 'add', image, '--place', 'there', '--id', 'packed', '--workspace', workspace]);
  });
  afterAll(() => folder.remove());

  it('goes on with the others, lists what failed and why, exits with 6, and resumes: also while a file is gone', async () => {
    const mend = await spoil(image);
    const { code, json } = await runJson([...RUN, '--workspace', workspace]);
    const run = json as RunJson;
    expect(code).toBe(6);
    expect(run.status).toBe('failed');
    expect(run.tasks.failed).toBeGreaterThan(0);
    expect(run.tasks.done + run.tasks.failed).toBe(run.tasks.planned);
    expect(run.scenes.map(({ scene, status }) => [scene, status])).toEqual([
      ['packed', 'failed'],
      ['scene', 'done'],
    ]);
    const [failure] = run.scenes[0]?.failures ?? [];
    expect(run.scenes[0]?.failures).toHaveLength(run.tasks.failed);
    expect(failure?.message).toContain(image);
    expect(failure?.hint).not.toBeNull();
    expect(run.scenes[0]?.layers).toEqual({});

    const text = await startProgram(['map', 'show', run.run, '--workspace', workspace]).ended;
    expect(text.stdout).toContain(failure?.message);
    expect(text.stdout).toContain(`resflow map resume ${run.run}`);

    const aside = join(folder.path, 'aside.tif');
    await rename(image, aside);
    const without = await runJson(['map', 'resume', run.run, '--workspace', workspace]);
    expect(without.code).toBe(6);
    const [packed, scene] = (without.json as RunJson).scenes;
    expect(packed?.failures.map((one) => one.code)).toEqual(
      Array.from({ length: run.tasks.failed }, () => 'FILE_NOT_FOUND'),
    );
    expect(scene?.status).toBe('done');
    await rename(aside, image);

    await mend();
    const resumed = (await runOk(['map', 'resume', run.run, '--workspace', workspace])) as unknown as RunJson;
    expect(resumed.status).toBe('done');
    expect(resumed.tasks).toMatchObject({ reused: run.tasks.done, done: run.tasks.failed, failed: 0 });
    const fresh = (await runOk([...RUN, '--fresh', '--workspace', workspace])) as unknown as RunJson;
    for (const [i, { layers }] of fresh.scenes.entries())
      expect(await digests(resumed.scenes[i]?.layers ?? {})).toEqual(await digests(layers));
  });

  it('stops at more failures than --max-failures allows, and goes on from there', async () => {
    const mend = await spoil(image);
    const args = [...RUN, '--fresh', '--max-failures', '0', '--workspace', workspace];
    const { code, json } = await runJson(args);
    expect(code).toBe(6);
    expect(json).toMatchObject({ error: { code: 'TOO_MANY_FAILURES', context: { failed: 1, limit: 0 } } });
    await mend();
    const stopped = (await runOk(['map', 'show', 'latest', '--workspace', workspace])) as unknown as RunJson;
    expect(stopped).toMatchObject({ status: 'failed', tasks: { failed: 1 } });
    const resumed = (await runOk([
      'map',
      'resume',
      'latest',
      '--workspace',
      workspace,
    ])) as unknown as RunJson;
    expect(resumed).toMatchObject({ status: 'done', tasks: { failed: 0 } });
  });
});
