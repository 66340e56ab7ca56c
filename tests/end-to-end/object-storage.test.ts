import { mkdir, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeFixtureScene } from '../../src/demo/fixture-scene.ts';
import { startRangeServer } from '../fixtures/start-range-server.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { runJson, runOk } from '../support/program.ts';

/** Scenes in an S3 service, through the program and its workers, by the environment that S3's clients agree on. */

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const folder = temporaryFolder('object-storage');
const workspace = join(folder, 'workspace');
const bucket = join(folder, 'served', 'scenes');
const within = (...args: string[]) => [...args, '--workspace', workspace];
let server: Awaited<ReturnType<typeof startRangeServer>>;
let env: Record<string, string> = {};

beforeAll(async () => {
  await mkdir(bucket, { recursive: true });
  await writeFixtureScene(bucket, { name: 'far', seed: 4 });
  await utimes(join(bucket, 'far.tif'), 1000, 1000);
  server = await startRangeServer(join(folder, 'served'), 'KEY');
  // Nothing of the machine's own settings.
  env = {
    AWS_ENDPOINT_URL: server.address,
    AWS_ACCESS_KEY_ID: 'KEY',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: folder,
  };
  await runOk(within('init', workspace));
  await runOk(within('app', 'create', 'app', '--class', 'building', '--gsd', '0.5'));
});
afterAll(() => server.stop());

describe('a scene in a bucket', () => {
  const map = within('map', 'run', 'app', '--scenes', 'far', '--model', 'noop');

  it('is added and mapped in place', async () => {
    const added = await runOk(within('scene', 'add', 's3://scenes/far.tif', '--place', 'far'), env);
    expect(added).toMatchObject({ scenes: [{ id: 'far', path: 's3://scenes/far.tif' }], refused: [] });
    const { properties } = (await runOk(within('scene', 'show', 'far'))) as {
      properties: { 'resflow:source': unknown };
    };
    expect(properties['resflow:source']).toMatchObject({
      size: expect.any(Number) as number,
      modified: '1970-01-01T00:16:40.000Z',
    });
    expect(await runOk(map, env)).toMatchObject({ status: 'done', tasks: { failed: 0 } });
  });

  it('that was written anew is noticed', async () => {
    await utimes(join(bucket, 'far.tif'), 2000, 2000);
    const { code, json } = await runJson(map, env);
    expect({ code, json }).toMatchObject({
      code: 4,
      json: { error: { message: expect.stringContaining('modified 1970-01-01T00:16:40.000Z') as string } },
    });
  });
});

it.each<{ what: string; change: Record<string, string>; key: string; code: string; hint: RegExp }>([
  {
    what: 'no credentials',
    change: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
    key: 'far.tif',
    code: 'ACCESS_DENIED',
    hint: /AWS_PROFILE/,
  },
  {
    what: 'another key',
    change: { AWS_ACCESS_KEY_ID: 'OTHER' },
    key: 'far.tif',
    code: 'ACCESS_DENIED',
    hint: /AWS_PROFILE/,
  },
  { what: 'no such object', change: {}, key: 'none.tif', code: 'FILE_NOT_FOUND', hint: /bucket and key/ },
])('$what: said so, and what to do', async ({ change, key, code, hint }) => {
  const address = `s3://scenes/${key}`;
  const add = within('scene', 'add', address, '--place', 'far', '--id', 'other');
  const { code: exit, json } = await runJson(add, { ...env, ...change });
  expect({ exit, json }).toMatchObject({
    exit: 3,
    json: {
      scenes: [],
      refused: [
        {
          path: address,
          code,
          message: expect.stringContaining(address) as string,
          hint: expect.stringMatching(hint) as string,
        },
      ],
    },
  });
});
