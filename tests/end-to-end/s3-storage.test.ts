import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readPlan } from '../../src/workspace/runs.ts';
import { redoRemotely } from '../support/remote-worker.ts';
import { SECRET, s3Missing, startS3, type S3Service } from '../support/s3.ts';
import { runJson, runOk } from '../support/program.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

/** Runs whose parts, ledger and maps are in an S3 service, through the program and its workers. */

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const missing = s3Missing();

interface RunJson {
  readonly run: string;
  readonly storage: string | null;
  readonly status: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly { layers: Record<string, string>; item: string }[];
}

/** One building, in the scene's CRS. */
const LABELS = {
  type: 'FeatureCollection',
  crs: { type: 'name', properties: { name: 'urn:ogc:def:crs:EPSG::32737' } },
  features: [
    {
      type: 'Feature',
      properties: {},
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [500300, 8999700],
            [500400, 8999700],
            [500400, 8999600],
            [500300, 8999600],
            [500300, 8999700],
          ],
        ],
      },
    },
  ],
};

const asRun = (value: unknown): RunJson => value as RunJson;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe.skipIf(missing !== null)(`a run in S3${missing === null ? '' : ` (SKIPPED: ${missing})`}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let service: S3Service;
  let workspace = '';
  let env: Record<string, string> = {};
  let local: Record<string, string> = {};
  let localRun = '';
  const storage = 's3://maps/area/one';
  const keyOf = (address: string): string => address.replace('s3://maps/', '');
  const MAP = ['map', 'run', 'app', '--scenes', 'scene', '--model', 'noop', '--region', '512'];

  beforeAll(async () => {
    folder = await temporaryFolder('s3');
    service = await startS3();
    env = { ...service.env, RESFLOW_SCRATCH: join(folder.path, 'scratch') };
    workspace = await workspaceWithScene(folder.path, { width: 2300, height: 1700 });
    const labels = join(folder.path, 'labels.geojson');
    await writeFile(labels, JSON.stringify(LABELS));
    await runOk([
      'label',
      'add',
      'app',
      labels,
      '--class',
      'building',
      '--complete',
      'scene',
      '--workspace',
      workspace,
    ]);
    const run = asRun(await runOk([...MAP, '--workspace', workspace]));
    localRun = run.run;
    local = await digests(run.scenes[0]?.layers ?? {});
  });
  afterAll(async () => {
    await service.stop();
    await folder.remove();
  });

  const mapsOf = async (run: RunJson): Promise<Record<string, string>> => {
    const layers = Object.entries(run.scenes[0]?.layers ?? {});
    const read = async ([name, address]: [string, string]) =>
      [name, sha256(await service.read(keyOf(address)))] as const;
    return Object.fromEntries(await Promise.all(layers.map(read)));
  };

  it('makes the same maps as in the workspace, and leaves nothing else', async () => {
    const run = asRun(await runOk([...MAP, '--storage', `${storage}/`, '--workspace', workspace], env));
    expect(run).toMatchObject({ status: 'done', storage, tasks: { planned: 20, reused: 0, done: 20 } });
    expect(await mapsOf(run)).toEqual(local);
    const keys = Object.keys(await service.list());
    expect(await service.uploads()).toEqual([]);
    const count = (pattern: RegExp) => keys.filter((key) => pattern.test(key)).length;
    expect(count(/^area\/one\/parts\/..\/.{64}\.part$/)).toBe(20);
    expect(count(/^area\/one\/ledger\/..\/.{64}\.json$/)).toBe(20);
    expect(count(/^area\/one\/inputs\/..\/.{64}$/)).toBe(2);
    expect(keys.filter((key) => key.includes('/runs/')).map((key) => key.split('/maps/scene/')[1])).toEqual([
      'class.qml',
      'class.tif',
      'class.tif.aux.xml',
      'confidence.tif',
      'item.json',
    ]);
    expect(keys).toContain('area/one/storage.json');
    expect(keys).toHaveLength(20 + 20 + 2 + 5 + 1);
  });

  it('is shown, and its item says where the layers are', async () => {
    const run = asRun(await runOk(['map', 'show', 'latest', '--workspace', workspace]));
    expect(run.scenes[0]?.layers['class']).toBe(`${storage}/runs/${run.run}/maps/scene/class.tif`);
    const item = JSON.parse((await service.read(keyOf(run.scenes[0]?.item ?? ''))).toString()) as {
      assets: Record<string, { href: string }>;
    };
    expect(item.assets['class']?.href).toBe(run.scenes[0]?.layers['class']);
  });

  it('is evaluated where it lies', async () => {
    const scores = async (run: string) => {
      const { scenes, ...more } = await runOk(['map', 'evaluate', run, '--workspace', workspace], env);
      expect(more).toMatchObject({ unscored: [] });
      return scenes;
    };
    expect(await scores('latest')).toEqual(await scores(localRun));
    const run = asRun(await runOk(['map', 'show', 'latest', '--workspace', workspace]));
    const item = JSON.parse((await service.read(keyOf(run.scenes[0]?.item ?? ''))).toString()) as {
      links: unknown[];
    };
    expect(item.links).toEqual([]);
  });

  it('run again, everything is reused; another storage has none of it', async () => {
    const again = asRun(await runOk([...MAP, '--storage', storage, '--workspace', workspace], env));
    expect(again).toMatchObject({ status: 'done', tasks: { reused: 20, done: 0 } });
    expect(await mapsOf(again)).toEqual(local);
    const other = asRun(await runOk([...MAP, '--storage', 's3://maps/two', '--workspace', workspace], env));
    expect(other).toMatchObject({ status: 'done', tasks: { reused: 0, done: 20 } });
  });

  it('goes on in the same storage without being told', async () => {
    const { run } = asRun(await runOk(['map', 'show', 'latest', '--workspace', workspace]));
    const keys = Object.keys(await service.list('two/ledger/'));
    const { DeleteObjectCommand } = await import('@aws-sdk/client-s3');
    await service.client.send(new DeleteObjectCommand({ Bucket: 'maps', Key: keys[0] }));
    const resumed = asRun(await runOk(['map', 'resume', run, '--workspace', workspace], env));
    expect(resumed).toMatchObject({ status: 'done', tasks: { reused: 19, done: 1 } });
    expect(await mapsOf(resumed)).toEqual(local);
  });

  it('is worked on where there is no workspace', async () => {
    const { run } = asRun(await runOk(['map', 'show', 'latest', '--workspace', workspace]));
    const [, , , task] = await readPlan(workspace, run);
    if (task === undefined) throw new Error('a plan without tasks');
    const { reply, before, after } = await redoRemotely(service, { prefix: 'two', task, env });
    expect(reply).toMatchObject({ type: 'result', status: 'done', reused: false });
    expect(after).toBe(before);
  });

  it('lets nobody read a secret afterwards', async () => {
    const found = spawnSync('grep', ['-rl', SECRET, folder.path], { encoding: 'utf8' });
    expect(found).toMatchObject({ status: 1, stdout: '' });
    for (const key of Object.keys(await service.list())) {
      expect((await service.read(key)).includes(SECRET), key).toBe(false);
    }
  });

  it.each([
    { address: 's3://x', code: 'BAD_STORAGE' },
    { address: `s3://KEY:${SECRET}@maps/x`, code: 'BAD_STORAGE' },
    { address: '/tmp/x', code: 'BAD_STORAGE' },
    { address: 's3://maps/../x', code: 'BAD_STORAGE' },
    { address: 's3://no-such-bucket/x', code: 'STORAGE_MISSING' },
  ])('$address is refused', async ({ address, code }) => {
    const { json, stdout, stderr } = await runJson(
      [...MAP, '--storage', address, '--workspace', workspace],
      env,
    );
    expect(json).toMatchObject({ error: { code } });
    expect(stdout + stderr).not.toContain(SECRET);
  });
});
