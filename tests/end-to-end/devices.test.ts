import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { deskChain } from '../../src/gpu/desk-state.ts';
import { cudaProvider } from '../../src/model/cuda-provider.ts';
import { importNetwork } from '../support/network.ts';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { simulatedDevices } from '../support/simulated-devices.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

/** Programs start slowly on a busy machine. */
vi.setConfig({ testTimeout: 240_000 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let workspace = '';
const CPU = { RESFLOW_GPUS: '' };
const NOOP = ['app', '--model', 'noop'];

beforeAll(async () => {
  folder = await temporaryFolder('devices');
  workspace = await workspaceWithScene(folder.path, { width: 1500, height: 1100 });
});
afterAll(() => folder.remove());

let desks = 0;
/** Environment with these simulated devices of 1000 MiB, where a model takes 300, and a desk of their own. */
function simulated(...devices: { name: string; [more: string]: unknown }[]) {
  const defaults = { memoryMiB: 1000, megapixelsPerSecond: 20, modelMiB: 300 };
  return simulatedDevices(
    join(folder.path, `desk-${(desks += 1)}`),
    devices.map((one) => ({ ...defaults, ...one })),
  );
}

const mapArguments = ([app = '', ...options]: readonly string[]) => {
  const how = ['--all', '--region', '1536', '--core', '512', '--fresh', ...options];
  return ['map', 'run', app, ...how, '--workspace', workspace];
};

async function mapBytes(env: Record<string, string>, ...options: string[]): Promise<Record<string, string>> {
  const run = await runOk(mapArguments(options), env);
  expect(run).toMatchObject({ status: 'done' });
  const [scene] = run['scenes'] as { layers: Record<string, string> }[];
  return digests(scene?.layers ?? {});
}

const deskOf = (env: { RESFLOW_TICKETS: string }) => deskChain(env.RESFLOW_TICKETS).read().value;
const batchesOf = (env: { RESFLOW_TICKETS: string }) =>
  readdirSync(join(env.RESFLOW_TICKETS, 'devices')).map(
    (device) =>
      readFileSync(join(env.RESFLOW_TICKETS, 'devices', device, 'use.jsonl'), 'utf8')
        .trim()
        .split('\n').length,
  );
const remembered = (env: { RESFLOW_TICKETS: string }) => {
  const memory = join(env.RESFLOW_TICKETS, 'memory');
  return readdirSync(memory).map((file) => JSON.parse(readFileSync(join(memory, file), 'utf8')) as unknown);
};

describe('a map on simulated devices', () => {
  it('is that of the CPU, byte for byte, and leaves no ticket', async () => {
    const env = simulated({ name: 'a' }, { name: 'b' });
    const small = ['--region', '512', '--workers', '2'];
    expect(await mapBytes(env, ...NOOP, ...small)).toEqual(await mapBytes(CPU, ...NOOP, ...small));
    expect(deskOf(env)).toMatchObject({ tickets: [], waiting: [] });
    expect(batchesOf(env)).toHaveLength(2);
    expect(remembered(env)).toEqual([{ version: 1, memoryMiB: 300 }]);
    expect(await runOk(['gpu', 'list'], env)).toMatchObject({
      devices: [
        { name: 'a', memoryMiB: 1000, ticketsMiB: 0 },
        { name: 'b', memoryMiB: 1000, ticketsMiB: 0 },
      ],
      tickets: [],
    });
  });

  it('comes to its end where more workers want a device than have room on it', async () => {
    const env = simulated({ name: 'a', memoryMiB: 310, megapixelsPerSecond: 5 });
    await mapBytes(env, ...NOOP, '--region', '512', '--workers', '4');
    expect(deskOf(env)).toMatchObject({ tickets: [], waiting: [] });
  });

  it('halves batches that are too large for the device', async () => {
    // Rows of three chips, 1500 x 512 pixels: together 608 MiB, two of them 505; the last row is 76 pixels high.
    const env = simulated({ name: 'a', memoryMiB: 600, megapixelMiB: 400 });
    await mapBytes(env, ...NOOP, '--workers', '1', '--halo', '0');
    expect(batchesOf(env)).toEqual([5]);
    expect(remembered(env)).toEqual([{ version: 1, memoryMiB: 505 }]);
  });

  it('tries a region again where one image is too large, and then says so', async () => {
    const env = simulated({ name: 'a', memoryMiB: 400, megapixelMiB: 400 });
    const { code, json } = await runJson(mapArguments([...NOOP, '--workers', '1']), env);
    expect(code).toBe(6);
    expect(json).toMatchObject({ scenes: [{ failures: [{ code: 'DEVICE_MEMORY' }] }] });
    expect(deskOf(env)).toMatchObject({ tickets: [], waiting: [] });
  });

  it('is that of the CPU with a network, too', async () => {
    await importNetwork(workspace, folder.path);
    const env = simulated({ name: 'a' });
    const network = ['two', '--workers', '2', '--region', '1024'];
    expect(await mapBytes(env, ...network)).toEqual(await mapBytes(CPU, ...network));
    expect(batchesOf(env)[0]).toBeGreaterThan(8);
    expect(deskOf(env)).toMatchObject({ tickets: [], waiting: [] });
  });

  it('takes fewer calls in batches where those pay and fit, and is the same', async () => {
    // Five rows of five chips of about 0.1 megapixels and a narrow one, alone 30 runs. Two runs before measure the model.
    const network = ['two', '--workers', '1', '--core', '256'];
    const slow = { name: 'a', batchMs: 300, megapixelMiB: 1000 };
    const roomy = simulated({ ...slow, memoryMiB: 2000 });
    const tight = simulated({ ...slow, memoryMiB: 450 });
    const map = await mapBytes(tight, ...network);
    expect(await mapBytes(roomy, ...network)).toEqual(map);
    expect(batchesOf(tight)).toEqual([32]);
    expect(batchesOf(roomy)[0]).toBeLessThan(24);
    expect(remembered(roomy)).toEqual(remembered(tight));
    expect(deskOf(roomy)).toMatchObject({ tickets: [], waiting: [] });
  });
});

describe('without devices', () => {
  it('no folder of tickets is touched', async () => {
    const RESFLOW_TICKETS = join(folder.path, 'untouched');
    await mapBytes({ RESFLOW_TICKETS }, ...NOOP, '--workers', '1');
    expect(existsSync(RESFLOW_TICKETS)).toBe(false);
  });

  it('a GPU that is assigned and not there is an error that says so', async () => {
    const env = { ...simulated({ name: 'a' }), RESFLOW_GPUS: '3' };
    const { json, code } = await runJson(['gpu', 'list'], env);
    expect(code).toBe(2);
    expect(json).toMatchObject({ error: { code: 'GPU_UNKNOWN' } });
  });

  it('the doctor says why GPUs that are there are not used', async () => {
    const bin = join(folder.path, 'bin');
    mkdirSync(bin);
    const line = '0, GPU-5a1c, NVIDIA A100-SXM4-40GB, 40960, 12';
    writeFileSync(join(bin, 'nvidia-smi'), `#!/bin/sh\necho '${line}'\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}` };
    const { findings } = await runOk(['doctor', '--workspace', workspace], env);
    const installed = cudaProvider().installed;
    expect(findings).toContainEqual(
      expect.objectContaining({ name: 'CUDA', state: installed ? 'ok' : 'limited' }),
    );
    const { stdout } = await startProgram(['gpu', 'list'], env).ended;
    expect(stdout).toContain('NVIDIA A100-SXM4-40GB');
    expect(stdout.includes('provider is not installed')).toBe(!installed);
  });
});
