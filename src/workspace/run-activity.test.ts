import { spawn } from 'node:child_process';
import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { runFile } from './layout.ts';
import { asItIs, isActive, thisCoordinator } from './run-activity.ts';
import type { RunRecord } from './run-record.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder('activity');
  await mkdir(dirname(runFile(folder.path, 'r')), { recursive: true });
  await writeFile(runFile(folder.path, 'r'), '{}');
});
afterAll(() => folder.remove());

const run = (coordinator: RunRecord['coordinator'], status: RunRecord['status'] = 'running') =>
  ({ id: 'r', status, coordinator }) as RunRecord;
const active = (coordinator: RunRecord['coordinator'], status?: RunRecord['status']) =>
  isActive(folder.path, run(coordinator, status));

test('a living process of this host is at work; its number in the hands of another process is not', async () => {
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => undefined, 60000)']);
  const ended = new Promise((resolve) => child.once('close', resolve));
  const coordinator = { pid: child.pid ?? 0, host: hostname(), started: null };
  expect(await active(coordinator)).toBe(true);
  expect(await active({ ...coordinator, started: 'another boot 123' })).toBe(false);
  expect(await active(coordinator, 'done')).toBe(false);
  child.kill('SIGKILL');
  await ended;
  expect(await active(coordinator)).toBe(false);
  expect((await asItIs(folder.path, run(coordinator))).status).toBe('interrupted');
});

test('a process knows its own start', () => {
  expect(thisCoordinator().started).toBe(thisCoordinator().started);
  if (process.platform === 'linux') expect(thisCoordinator().started).toMatch(/^[0-9a-f-]{36} \d+$/);
});

test('a coordinator on another host counts while its record is touched, and not for ever', async () => {
  const elsewhere = { pid: 1, host: 'not-this-one', started: null };
  expect(await active(elsewhere)).toBe(true);
  const longAgo = new Date(Date.now() - 3_600_000);
  await utimes(runFile(folder.path, 'r'), longAgo, longAgo);
  expect(await active(elsewhere)).toBe(false);
});
