import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runRecord } from '../../tests/fixtures/run-record.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { runFile } from '../workspace/layout.ts';
import { readRun, writeRun } from '../workspace/runs.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import { mapListCommand } from './map-show.ts';

const workspace = join(temporaryFolder('map-list'), 'workspace');

it('lists the other runs where the record of one is damaged, and names that one', async () => {
  await initWorkspace(workspace, new Date(0));
  for (const id of ['20260101-000000000-aaaa', '20260101-000000001-bbbb'])
    await writeRun(workspace, runRecord(id));
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
