import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { hasEnded, runOk, startProgram } from '../support/program.ts';
import { ODD_WORKER, SparkCluster } from '../support/spark-cluster.ts';
import { digests, finishedTasks, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

const RUN = ['map', 'run', 'app', '--scenes', 'scene', '--model', 'noop', '--region', '512', '--fresh'];
const REGIONS = 56;
const LIMIT_SECONDS = 12;

interface RunJson {
  readonly tasks: { reused: number; done: number; failed: number };
  readonly scenes: readonly { layers: Record<string, string> }[];
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let cluster: SparkCluster;
let workspace = '';

beforeAll(async () => {
  folder = await temporaryFolder('spark-gone');
  cluster = await SparkCluster.start(folder.path, 1);
  workspace = await workspaceWithScene(folder.path, { width: 4000, height: 3500 });
});
afterAll(async () => {
  await cluster.stop();
  await folder.remove();
});

/** Processes of this cluster and of its runs, by their command lines. */
const commandsLeft = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && !hasEnded(Number(name)))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')];
      } catch {
        return [];
      }
    })
    .filter((command) => command.includes(folder.path) || command.includes(cluster.address));

it(
  'goes on without a master, ends where the executors are gone for good, and is completed elsewhere',
  { timeout: 300_000 },
  async () => {
    const resflow = async (args: readonly string[]): Promise<RunJson> =>
      (await runOk([...args, '--workspace', workspace])) as unknown as RunJson;
    const expected = await digests((await resflow([...RUN, '--workers', '1'])).scenes[0]?.layers ?? {});
    const before = await finishedTasks(workspace);
    const done = async () => (await finishedTasks(workspace)) - before;

    const engine = ['--engine', 'spark', '--master', cluster.address];
    const odd = ['--spark-worker', `${ODD_WORKER} --delay 700`];
    const wait = ['--spark-wait', String(LIMIT_SECONDS / 60)];
    const { child, ended } = startProgram(
      [...RUN, ...engine, ...odd, ...wait, '--json', '--workspace', workspace],
      cluster.env,
    );
    const untilDone = async (regions: number) => {
      while ((await done()) < regions) {
        if (child.exitCode !== null) throw new Error(`ended too early: ${(await ended).stdout}`);
        await pause(100);
      }
    };
    await untilDone(2);

    cluster.killMaster();
    await pause(2000);
    await untilDone((await done()) + 1);
    expect(child.exitCode).toBeNull();

    for (const worker of cluster.workers) worker.kill('SIGKILL');
    const killed = performance.now();
    const { code, stdout } = await ended;
    const seconds = (performance.now() - killed) / 1000;
    expect(seconds).toBeGreaterThan(LIMIT_SECONDS);
    expect(seconds).toBeLessThan(LIMIT_SECONDS + 30);
    expect(code).toBe(5);
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; hint: string } };
    expect(error.code).toBe('SPARK_NO_EXECUTOR');
    expect(error.message).toContain(
      `No executor of ${cluster.address} has been there for ${LIMIT_SECONDS} s`,
    );
    expect(error.hint).toMatch(/map resume RUN.*--engine local/);
    const left = performance.now() + 10_000;
    while (commandsLeft().length > 0 && performance.now() < left) await pause(200);
    expect(commandsLeft()).toEqual([]);

    const finished = await done();
    expect(finished).toBeGreaterThan(2);
    expect(finished).toBeLessThan(REGIONS);
    const rest = await resflow(['map', 'resume', 'latest']);
    expect(rest.tasks).toMatchObject({ reused: finished, done: REGIONS - finished, failed: 0 });
    expect(await digests(rest.scenes[0]?.layers ?? {})).toEqual(expected);
  },
);
