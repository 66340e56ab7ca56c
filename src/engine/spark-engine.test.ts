import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
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
): Promise<{ outcomes: number; ms: number }> {
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
  try {
    for await (const _ of engine.run(tasks.map(taskOf), new AbortController().signal)) outcomes += 1;
    return { outcomes, ms: performance.now() - start };
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
