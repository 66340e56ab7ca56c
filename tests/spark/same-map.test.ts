import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceFolder } from '../../src/gpu/simulated-devices.ts';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { simulatedDevices } from '../support/simulated-devices.ts';
import { ODD_WORKER, SparkCluster, sparkHome } from '../support/spark-cluster.ts';
import { digests, finishedTasks, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

const RUN = ['map', 'run', 'app', '--scenes', 'scene', '--model', 'noop', '--region', '512', '--fresh'];
const REGIONS = 56;
const TOKEN = 'token-of-a-test';
const FIND_GPUS = fileURLToPath(new URL('../../spark/find-gpus.sh', import.meta.url));

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly engine: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly {
    layers: Record<string, string>;
    failures: { code: string; message: string }[];
  }[];
}

describe('the same run on other engines', { timeout: 240_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let cluster: SparkCluster;
  let workspace = '';
  let expected: Record<string, string> = {};
  const table: string[] = [];

  const resflow = async (args: readonly string[], env: Record<string, string> = {}): Promise<RunJson> =>
    (await runOk([...args, '--workspace', workspace], env)) as unknown as RunJson;
  /** SHA-256 of each layer's file, which the table at the end shows. */
  const bytesOf = async (run: RunJson, engine: string): Promise<Record<string, string>> => {
    const layers = await digests(run.scenes[0]?.layers ?? {});
    const cells = ['class', 'confidence'].map((name) => layers[name]?.slice(0, 16));
    table.push(`| ${engine} | ${run.tasks.done} | ${run.tasks.reused} | ${cells.join(' | ')} |`);
    return layers;
  };
  const on = (master: string) => ['--engine', 'spark', '--master', master];
  const odd = (...args: string[]) => ['--spark-worker', `${ODD_WORKER} ${args.join(' ')}`];

  beforeAll(async () => {
    folder = await temporaryFolder('spark');
    // Hosts with one GPU, whose number is 1: Spark finds it by our script, and gives it to those that ask.
    const bin = join(folder.path, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'nvidia-smi'), '#!/bin/sh\necho 1\n', { mode: 0o755 });
    const gpus = {
      'spark.worker.resource.gpu.amount': '1',
      'spark.worker.resource.gpu.discoveryScript': FIND_GPUS,
    };
    cluster = await SparkCluster.start(folder.path, 2, gpus, { PATH: `${bin}:${process.env['PATH'] ?? ''}` });
    workspace = await workspaceWithScene(folder.path, { width: 4000, height: 3500 });
    expected = await bytesOf(await resflow([...RUN, '--workers', '2']), 'local');
  });
  afterAll(async () => {
    await cluster.stop();
    await folder.remove();
    process.stderr.write(
      `| engine | done | reused | class | confidence |\n|---|---|---|---|---|\n${table.join('\n')}\n`,
    );
  });

  it('gives the same bytes on local-cluster, and leaves nothing in the program folder', async () => {
    const run = await resflow([...RUN, ...on('local-cluster[2,1,1024]')]);
    expect(run).toMatchObject({ engine: 'spark', status: 'done', tasks: { done: REGIONS, failed: 0 } });
    expect(await bytesOf(run, 'local-cluster[2,1,1024]')).toEqual(expected);
    const work = join(sparkHome(), 'work');
    expect(existsSync(work) ? readdirSync(work) : []).toEqual([]);
  });

  it('gives the same bytes on a standalone cluster with authentication', async () => {
    const run = await resflow([...RUN, ...on(cluster.address)], cluster.env);
    expect(run).toMatchObject({ engine: 'spark', status: 'done', tasks: { done: REGIONS, failed: 0 } });
    expect(await bytesOf(run, 'standalone, 2 workers')).toEqual(expected);
  });

  it('keeps to the GPU that Spark assigns', async () => {
    const devices = ['first', 'second'].map((name) => ({ name, memoryMiB: 1000, megapixelsPerSecond: 100 }));
    const tickets = join(folder.path, 'tickets');
    const env = simulatedDevices(tickets, devices);
    const ask = ['executor', 'task'].flatMap((of) => ['--spark-conf', `spark.${of}.resource.gpu.amount=1`]);
    const run = await resflow([...RUN, ...on(cluster.address), ...ask], { ...cluster.env, ...env });
    expect(run).toMatchObject({ status: 'done', tasks: { done: REGIONS, failed: 0 } });
    expect(await bytesOf(run, 'standalone, a GPU each')).toEqual(expected);
    const [none, one] = devices.map(({ name }) => deviceFolder(tickets, `simulated ${hostname()} ${name}`));
    expect(existsSync(none ?? '')).toBe(false);
    expect(readdirSync(one ?? '')).toContain('use.jsonl');
  });

  it('gives the same bytes through Spark Connect, and records no token', async () => {
    const server = await cluster.startConnect(TOKEN);
    const run = await resflow([...RUN, ...on(server.address)]);
    await server.stop();
    expect(run).toMatchObject({ engine: 'spark', status: 'done', tasks: { done: REGIONS, failed: 0 } });
    expect(await bytesOf(run, 'Spark Connect')).toEqual(expected);
    const files = readdirSync(join(workspace, 'runs', run.run), { recursive: true, withFileTypes: true });
    const records = files.filter((file) => file.name.endsWith('.json') || file.name.endsWith('.jsonl'));
    expect(records.length).toBeGreaterThan(2);
    for (const { parentPath, name } of records)
      expect(await readFile(join(parentPath, name), 'utf8')).not.toContain(TOKEN);
  });

  it('goes on, on another engine, with a run that was cancelled on Spark', async () => {
    const args = [...RUN, ...on(cluster.address), ...odd('--delay 300'), '--json', '--workspace', workspace];
    const before = await finishedTasks(workspace);
    const { ended } = startProgram(args, cluster.env);
    while ((await finishedTasks(workspace)) < before + 3)
      await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await resflow(['map', 'cancel', 'latest'])).toMatchObject({
      status: 'cancelled',
      wasActive: true,
    });
    expect((await ended).code).toBe(130);
    const done = (await finishedTasks(workspace)) - before;
    expect(done).toBeLessThan(REGIONS);
    const run = await resflow(['map', 'resume', 'latest']);
    expect(run).toMatchObject({
      engine: 'local',
      status: 'done',
      tasks: { reused: done, done: REGIONS - done },
    });
    expect(await bytesOf(run, 'begun on standalone, cancelled, ended on local')).toEqual(expected);
  });

  it('lists a region that crashes its worker and one that hangs, does the others, and completes the map later', async () => {
    const args = [...RUN, ...on(cluster.address), ...odd('--crash 512,0', '--hang 1024,512')];
    const env = { ...cluster.env, RESFLOW_WORKER_SILENCE_SECONDS: '3' };
    const { code, json } = await runJson([...args, '--workspace', workspace], env);
    const run = json as RunJson;
    expect(code).toBe(6);
    expect(run.tasks).toMatchObject({ done: REGIONS - 2, failed: 2 });
    const failures =
      run.scenes[0]?.failures.map((failure) => `${failure.code}: ${failure.message}`).sort() ?? [];
    expect(failures).toHaveLength(2);
    expect(failures[0]).toMatch(/^WORKER_CRASHED: Region .* column 512, row 0 .*signal 9 \(try 3\)/);
    expect(failures[1]).toMatch(
      /^WORKER_SILENT: Region .* column 1024, row 512 .*nothing for 3 s.*\(try 3\)/,
    );
    const rest = await resflow(['map', 'resume', run.run, ...on('local[2]')]);
    expect(rest).toMatchObject({ status: 'done', tasks: { reused: REGIONS - 2, done: 2 } });
    expect(await bytesOf(rest, 'begun on standalone with a crash and a hang, ended on local[2]')).toEqual(
      expected,
    );
  });

  it('says what is wrong where there is no such master, or no worker program', async () => {
    const args = [...RUN, '--workspace', workspace, '--engine', 'spark'];
    const nobody = await runJson([...args, '--master', 'spark://127.0.0.1:1']);
    expect(nobody).toMatchObject({ code: 5, json: { error: { code: 'SPARK_NOT_STARTED' } } });
    expect(JSON.stringify(nobody.json)).toContain('127.0.0.1:1 refuses the connection');
    const nowhere = await runJson([
      ...args,
      '--master',
      'local[1]',
      '--spark-worker',
      'no-such-node main.js',
    ]);
    expect(nowhere).toMatchObject({ code: 5, json: { error: { code: 'SPARK_WORKER_NOT_STARTED' } } });
    expect(JSON.stringify(nowhere.json)).toContain('no-such-node');
    const elsewhere = await runJson([...args, '--master', 'yarn']);
    expect(elsewhere).toMatchObject({ code: 2, json: { error: { code: 'NO_HADOOP_CONF' } } });
    const confused = await runJson([
      'map',
      'run',
      'app',
      '--all',
      '--master',
      'local',
      '--workspace',
      workspace,
    ]);
    expect(confused).toMatchObject({ code: 2, json: { error: { code: 'NOT_SPARK' } } });
  });
});
