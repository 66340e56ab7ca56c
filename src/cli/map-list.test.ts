import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { runFile } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRun, writeRun } from '../workspace/runs.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import { mapListCommand } from './map-show.ts';

const workspace = join(temporaryFolder('map-list'), 'workspace');

const run = (id: string): RunRecord => ({
  version: 1,
  id,
  application: 'buildings',
  model: { id: 'mono', variant: 'float32', sha256: '' },
  engine: 'local',
  created: '2026-01-01T00:00:00.000Z',
  updated: '2026-01-01T00:00:00.000Z',
  status: 'done',
  parameters: { corePixels: 512, haloPixels: 80, blendPixels: 0, blockPixels: 512, gsdMetres: 0.3 },
  execution: { regionPixels: 4096, workers: 1, maxMemoryMiB: 1024 },
  scenes: [],
  tasks: { planned: 0, reused: 0, done: 0, failed: 0 },
  seconds: 0,
  megapixels: 0,
  megapixelsPerSecond: 0,
  overlapFactor: null,
  seamScore: null,
  peakMemoryMiB: 0,
  coordinator: null,
});

it('lists the other runs where the record of one is damaged, and names that one', async () => {
  await initWorkspace(workspace, new Date(0));
  for (const id of ['20260101-000000000-aaaa', '20260101-000000001-bbbb']) await writeRun(workspace, run(id));
  expect((await readRun(workspace, 'latest')).id).toBe('20260101-000000001-bbbb');
  await writeFile(runFile(workspace, '20260101-000000000-aaaa'), '{"version": 1,');
  const output = (await mapListCommand.run(mapListCommand.input.parse({}), {
    workspace,
    log: createLogger('silent'),
    progress: silentProgress,
    signal: new AbortController().signal,
    now: () => new Date(0),
    env: {},
    commands: [],
  })) as { runs: { run: string }[]; unreadable: { run: string }[] };
  expect(output.runs.map((one) => one.run)).toEqual(['20260101-000000001-bbbb']);
  expect(output.unreadable).toMatchObject([{ run: '20260101-000000000-aaaa' }]);
  expect(mapListCommand.render(output)).toMatch(/20260101-000000000-aaaa cannot be read: .*run\.json/);
});
