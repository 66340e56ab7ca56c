import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TaskOutcome } from '../../src/engine/engine.ts';
import { createLocalEngine } from '../../src/engine/local-engine.ts';
import type { MapTask } from '../../src/engine/protocol.ts';
import { StandbyWorkers } from '../../src/engine/standby-workers.ts';
import { temporaryFolder } from '../support/workspace.ts';

const BAD_WORKER = fileURLToPath(new URL('bad-worker.mjs', import.meta.url));

const taskAt = (x: number): MapTask => ({
  version: 1,
  kind: 'map-region',
  id: `task-${x}`,
  scene: 'scene',
  bands: [1],
  window: { x, y: 0, width: 512, height: 512 },
  model: { folder: '-', variant: 'noop', sha256: '' },
  parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
});

/** Processes whose command line holds a text. */
const processesNaming = (text: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });

describe('the local engine with workers that misbehave', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  beforeEach(async () => {
    folder = await temporaryFolder('workers');
  });
  afterEach(() => folder.remove());

  const engine = (maxMemoryMiB = 4096, workers = 2) =>
    createLocalEngine({
      workers,
      maxTries: 2,
      maxMemoryMiB,
      standby: new StandbyWorkers({
        command: process.execPath,
        args: [BAD_WORKER, folder.path],
        env: process.env,
        // Longer than a worker takes to start on a machine with other work.
        silenceMs: 5000,
      }),
    });

  async function outcomes(
    columns: readonly number[],
    maxMemoryMiB?: number,
    workers?: number,
  ): Promise<Map<string, TaskOutcome>> {
    const ended = new Map<string, TaskOutcome>();
    for await (const outcome of engine(maxMemoryMiB, workers).run(
      columns.map(taskAt),
      new AbortController().signal,
    )) {
      expect(ended.has(outcome.task.id)).toBe(false);
      ended.set(outcome.task.id, outcome);
    }
    return ended;
  }

  const codeOf = (outcome: TaskOutcome | undefined) =>
    outcome?.status === 'failed' ? outcome.error.code : outcome?.status;

  it('gives up a crashing, a hanging and a babbling one after the tries, and does all others', async () => {
    const ended = await outcomes([0, 512, 1024, 2048, 4096, 4608, 5120]);
    expect(codeOf(ended.get('task-512'))).toBe('WORKER_CRASHED');
    expect(codeOf(ended.get('task-1024'))).toBe('WORKER_SILENT');
    expect(codeOf(ended.get('task-2048'))).toBe('WORKER_SPOKE_NONSENSE');
    for (const x of [0, 4096, 4608, 5120]) expect(codeOf(ended.get(`task-${x}`))).toBe('done');
    const crashed = ended.get('task-512');
    expect(crashed?.status === 'failed' && crashed.error.message).toMatch(
      /512x512 at column 512, row 0 of scene 'scene'.*signal SIGABRT.*\(try 2\)/s,
    );
  });

  it('tries again what took its worker down once', async () => {
    expect(codeOf((await outcomes([3072])).get('task-3072'))).toBe('done');
  });

  it('gives a worker another task as soon as it has room for it', async () => {
    const ended = await outcomes([6144, 0, 4096], 4096, 1);
    for (const x of [6144, 0, 4096]) expect(codeOf(ended.get(`task-${x}`))).toBe('done');
  });

  it('does not blame a task for the one that was beside it', async () => {
    const ended = await outcomes([6144, 512, 0], 4096, 1);
    expect(codeOf(ended.get('task-6144'))).toBe('done');
    expect(codeOf(ended.get('task-512'))).toBe('WORKER_CRASHED');
    expect(codeOf(ended.get('task-0'))).toBe('done');
  });

  it('ends the worker that takes the run past its memory, and says so', async () => {
    const ended = await outcomes([0, 1536, 4096], 700);
    const greedy = ended.get('task-1536');
    expect(codeOf(greedy)).toBe('MEMORY_EXCEEDED');
    expect(greedy?.status === 'failed' && greedy.error.message).toMatch(/limit is 700 MiB/);
    expect(codeOf(ended.get('task-0'))).toBe('done');
    expect(codeOf(ended.get('task-4096'))).toBe('done');
  });

  it('stops the run where the disk is full', async () => {
    await expect(outcomes([0, 2560, 4096])).rejects.toMatchObject({ code: 'DISK_FULL', family: 'resource' });
  });

  it('stops within seconds when asked, leaving no worker behind', async () => {
    const stop = new AbortController();
    const running = (async () => {
      for await (const outcome of engine().run([1024, 1024 + 4096].map(taskAt), stop.signal)) void outcome;
    })();
    setTimeout(() => stop.abort(new Error('asked to stop')), 700);
    const start = performance.now();
    await expect(running).rejects.toThrow('asked to stop');
    expect(performance.now() - start).toBeLessThan(5000);
    expect(processesNaming(folder.path)).toEqual([]);
  });
});
