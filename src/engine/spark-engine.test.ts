import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { peakResidentMiB } from './memory.ts';
import type { MapTask } from './protocol.ts';
import { createSparkEngine } from './spark-engine.ts';

const PATIENCE_MS = 1500;

const taskOf = (id: string): MapTask => ({
  version: 1,
  kind: 'map-region',
  id,
  scene: 'scene',
  bands: [1],
  window: { x: 0, y: 0, width: 512, height: 512 },
  model: { folder: '-', variant: 'noop', sha256: '' },
  parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
});

/** Lines that a driver process says, each after so many milliseconds; with null it ends, else it lives until its input ends. */
type Life = readonly (readonly [number, object | null])[];

/** Runs tasks by driver processes, one for each life, as the engine starts them. */
async function runWith(
  lives: readonly Life[],
  { openingMs = 20 * PATIENCE_MS, tasks = ['task'] } = {},
): Promise<{ outcomes: number; ms: number; memoryMiB: readonly number[] }> {
  const folder = mkdtempSync(join(tmpdir(), 'resflow-driver-'));
  const script = `
    const { mkdtempSync, readdirSync } = require('node:fs');
    const life = ${JSON.stringify(lives)}[readdirSync(${JSON.stringify(folder)}).length];
    mkdtempSync(${JSON.stringify(join(folder, 'life-'))});
    for (const [ms, line] of life)
      setTimeout(() => (line === null ? process.exit(1) : console.log(JSON.stringify(line))), ms);
    process.stdin.resume().on('end', () => process.exit(0));`;
  const engine = createSparkEngine({
    session: {
      master: 'spark://host:7077',
      own: false,
      conf: {},
      worker: { command: [], env: {}, silenceSeconds: 1, memoryMiB: 1, tries: 1 },
    },
    driver: { command: process.execPath, args: ['-e', script], env: process.env },
    master: 'spark://host:7077',
    openingMs,
    patienceMs: PATIENCE_MS,
    onSilence: () => undefined,
  });
  const start = performance.now();
  let outcomes = 0;
  const memoryMiB: number[] = [];
  const observer = { memory: (mib: number) => memoryMiB.push(mib) };
  try {
    for await (const _ of engine.run(tasks.map(taskOf), new AbortController().signal, observer))
      outcomes += 1;
    return { outcomes, ms: performance.now() - start, memoryMiB };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const SESSION = { event: 'session', version: '4', slots: 1 };
const there = (is: boolean) => ({ event: 'executors', there: is });
const gone = { code: 'WORKER_CRASHED', message: 'ended', tries: 1 };
const answer = (job: number, id: string) => ({
  event: 'outcomes',
  job,
  rows: [{ id, slot: 'host:1', seconds: 1, gone }],
});
const ANSWER = answer(0, 'task');
const NONE = { sum: 0, pixels: 0 };
/** A row of a region that a slot's worker has done, with the most memory that it took so far. */
const done = (id: string, slot: string, peakMemoryMiB: number) => {
  const counts = { pixels: 1, validPixels: 1, chips: 1, chipsSkipped: 0, pixelsComputed: 1, pixelsKept: 1 };
  const seconds = { total: 1, read: 0, inference: 0, encode: 0 };
  const part = { partBytes: 1, partSha256: '' };
  const report = { task: id, ...part, ...counts, seam: NONE, seconds, peakMemoryMiB };
  return { id, slot, seconds: 1, result: { type: 'result', id, status: 'done', reused: false, report } };
};
const FAULT = { event: 'fault', message: 'the gateway is gone' };

it.concurrent(
  'ends a run for which no executor ever comes, and says where, after how long, and what to do',
  async () => {
    await expect(runWith([[[0, SESSION]]])).rejects.toMatchObject({
      code: 'SPARK_NO_EXECUTOR',
      family: 'resource',
      message: expect.stringMatching(/spark:\/\/host:7077 .* 2 s/) as string,
      hint: expect.stringMatching(/map resume RUN.*--engine local.*--spark-wait/) as string,
    });
  },
);

it.concurrent('ends a run whose executors are gone for good', async () => {
  const start = performance.now();
  const lines = [
    [0, SESSION],
    [0, there(true)],
    [1.2 * PATIENCE_MS, there(false)],
  ] as const;
  await expect(runWith([lines])).rejects.toMatchObject({ code: 'SPARK_NO_EXECUTOR' });
  expect(performance.now() - start).toBeGreaterThan(2.2 * PATIENCE_MS);
});

it.concurrent('waits where executors are there, however long they take, or come back in time', async () => {
  const lines = [
    [0, SESSION],
    [PATIENCE_MS / 2, there(true)],
    [2 * PATIENCE_MS, there(false)],
    [2.2 * PATIENCE_MS, there(true)],
    [3 * PATIENCE_MS, ANSWER],
  ] as const;
  const { outcomes, ms } = await runWith([lines]);
  expect(outcomes).toBe(1);
  expect(ms).toBeGreaterThan(3 * PATIENCE_MS);
});

it.concurrent('does not count the time that a session takes to open', async () => {
  const lines = [
    [1.5 * PATIENCE_MS, SESSION],
    [2.2 * PATIENCE_MS, there(true)],
    [2.4 * PATIENCE_MS, ANSWER],
  ] as const;
  expect((await runWith([lines])).outcomes).toBe(1);
});

it.concurrent('ends a run whose session hangs while it opens', async () => {
  await expect(runWith([[[3 * PATIENCE_MS, SESSION]]], { openingMs: PATIENCE_MS })).rejects.toMatchObject({
    code: 'SPARK_NOT_STARTED',
    family: 'resource',
    message: expect.stringMatching(/spark:\/\/host:7077 did not open within 2 s/) as string,
    hint: expect.stringContaining('--spark-wait') as string,
  });
});

it.concurrent('opens another session where one is lost, and another where that does not open', async () => {
  const tasks = ['first', 'second'];
  const lives = [
    [
      [0, SESSION],
      [0, there(true)],
      [50, answer(0, 'first')],
      [100, null],
    ],
    [
      [0, FAULT],
      [50, null],
    ],
    [
      [0, SESSION],
      [50, answer(2, 'second')],
    ],
  ] as const;
  expect((await runWith(lives, { tasks })).outcomes).toBe(2);
});

it.concurrent('ends a run whose first session does not open', async () => {
  await expect(
    runWith([
      [
        [0, FAULT],
        [50, null],
      ],
    ]),
  ).rejects.toMatchObject({
    code: 'SPARK_NOT_STARTED',
    message: expect.stringContaining('the gateway is gone') as string,
  });
});

it.concurrent('counts the memory of one worker a slot, those that were replaced left out', async () => {
  const rows = [done('a', 'h:1', 300), done('b', 'h:2', 200), done('c', 'h:1', 400), done('d', 'h:3', 250)];
  const lines = [
    [0, { ...SESSION, slots: 2 }],
    [50, { event: 'outcomes', job: 0, rows: rows.slice(0, 2) }],
    [100, { event: 'outcomes', job: 1, rows: rows.slice(2) }],
  ] as const;
  const tasks = rows.map(({ id }) => id);
  const { memoryMiB } = await runWith([lines], { tasks });
  const own = peakResidentMiB();
  expect(memoryMiB).toHaveLength(2);
  for (const [i, workers] of [500, 650].entries()) {
    expect(memoryMiB[i]).toBeGreaterThan(workers);
    expect(memoryMiB[i]).toBeLessThanOrEqual(workers + own);
  }
});
