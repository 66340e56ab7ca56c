import { appendFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { runEventsFile } from './layout.ts';
import { readRunEvents, RunEventLog, type RunEvent } from './run-events.ts';

const event = (task: string, state: RunEvent['state']): RunEvent => ({
  at: '2026-01-01T00:00:00.000Z',
  task,
  state,
});

describe('the events of a run', () => {
  it('are read as they come, a half written line only once it is whole', async () => {
    const folder = temporaryFolder('events-read');
    expect(await readRunEvents(folder, 'r', null)).toBeNull();
    const log = new RunEventLog(folder, 'r');
    log.add(event('a', 'reused'));
    await log.close();
    const first = await readRunEvents(folder, 'r', null);
    expect(first?.events).toEqual([event('a', 'reused')]);
    const line = `${JSON.stringify(event('ä', 'done'))}\n`;
    await appendFile(runEventsFile(folder, 'r'), line.slice(0, 20));
    const half = await readRunEvents(folder, 'r', first?.position ?? null);
    expect(half).toEqual({ events: [], position: first?.position, anew: false });
    await appendFile(runEventsFile(folder, 'r'), line.slice(20));
    const whole = await readRunEvents(folder, 'r', half?.position ?? null);
    expect(whole?.events).toEqual([event('ä', 'done')]);
    expect((await readRunEvents(folder, 'r', whole?.position ?? null))?.events).toEqual([]);
  });

  it('begin anew with everybody who works on the run', async () => {
    const folder = temporaryFolder('events-anew');
    const before = new RunEventLog(folder, 'r');
    for (const task of ['a', 'b', 'c']) before.add(event(task, 'done'));
    await before.close();
    const read = await readRunEvents(folder, 'r', null);
    const after = new RunEventLog(folder, 'r');
    after.add(event('a', 'reused'));
    await after.close();
    const again = await readRunEvents(folder, 'r', read?.position ?? null);
    expect(again?.anew).toBe(true);
    expect(again?.events).toEqual([event('a', 'reused')]);
  });
});
