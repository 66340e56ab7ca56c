import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { childrenOf, hasEnded, runJson, runOk, startProgram, type Ended } from '../support/program.ts';
import {
  filesBelow,
  finishedTasks,
  isTemporary,
  temporaryFolder,
  workspaceWithScene,
} from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

const SIZE = { width: 4000, height: 3500 };
const RUN = [
  'map',
  'run',
  'app',
  '--scenes',
  'scene',
  '--model',
  'noop',
  '--region',
  '512',
  '--workers',
  '1',
];

describe('map cancel, from another process', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  beforeAll(async () => {
    folder = await temporaryFolder('cancel');
    workspace = await workspaceWithScene(folder.path, SIZE);
  });
  afterAll(() => folder.remove());

  const ok = (...args: string[]) => runOk([...args, '--workspace', workspace]);
  const latest = async () => (await ok('map', 'show', 'latest')) as { run: string; status: string };

  /** Awake again, they see that nobody listens, and leave. */
  async function wakeAndLeave(workers: readonly number[]): Promise<void> {
    for (const worker of workers) process.kill(worker, 'SIGCONT');
    await expect.poll(() => workers.filter((worker) => !hasEnded(worker)), { timeout: 30_000 }).toEqual([]);
  }

  /** A fresh run that has finished a region; its workers are frozen, so that it cannot end by itself meanwhile. */
  async function begun(): Promise<{ child: ChildProcess; ended: Promise<Ended>; workers: number[] }> {
    const before = await finishedTasks(workspace);
    const started = startProgram([...RUN, '--fresh', '--json', '--workspace', workspace]);
    while ((await finishedTasks(workspace)) === before && started.child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    const workers = childrenOf(started.child.pid ?? 0);
    for (const worker of workers) process.kill(worker, 'SIGSTOP');
    return { ...started, workers };
  }

  it('stops a run within seconds, keeps what was finished, and lets it be resumed', async () => {
    const { ended } = await begun();
    expect(await latest()).toMatchObject({ status: 'running' });
    const { run } = await latest();
    expect(await ok('map', 'cancel', run)).toEqual({ run, status: 'cancelled', wasActive: true });
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'INTERRUPTED' } });
    expect(await latest()).toMatchObject({ run, status: 'cancelled' });
    const resumed = (await ok('map', 'resume', run)) as {
      status: string;
      tasks: { planned: number; reused: number; done: number };
    };
    expect(resumed.status).toBe('done');
    expect(resumed.tasks.reused).toBeGreaterThan(0);
    expect(resumed.tasks.reused + resumed.tasks.done).toBe(resumed.tasks.planned);
  });

  it('leaves a run alone that ended by itself', async () => {
    const { run } = await latest();
    expect(await ok('map', 'cancel', 'latest')).toEqual({ run, status: 'done', wasActive: false });
  });

  it('refuses to resume a run that somebody works on, and ends one that does not answer', async () => {
    const { child, ended, workers } = await begun();
    const refused = await runJson(['map', 'resume', 'latest', '--workspace', workspace]);
    expect(refused.code).toBe(4);
    expect(refused.json).toMatchObject({ error: { code: 'RUN_ACTIVE' } });
    child.kill('SIGSTOP');
    expect(await ok('map', 'cancel', 'latest')).toMatchObject({ status: 'cancelled', wasActive: true });
    expect((await ended).signal).toBe('SIGKILL');
    await wakeAndLeave(workers);
    await ok(...RUN);
    expect((await filesBelow(workspace)).filter(isTemporary)).toEqual([]);
  });

  it('shows a run whose process was killed as interrupted', async () => {
    const { child, ended, workers } = await begun();
    child.kill('SIGKILL');
    await ended;
    await wakeAndLeave(workers);
    const { run, status } = await latest();
    expect(status).toBe('interrupted');
    const { runs } = (await ok('map', 'list')) as { runs: { run: string; status: string }[] };
    expect(runs.find((one) => one.run === run)?.status).toBe('interrupted');
    expect(await ok('map', 'cancel', run)).toEqual({ run, status: 'cancelled', wasActive: false });
  });
});
