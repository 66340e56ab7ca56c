import { describe, expect, it } from 'vitest';
import type { MapTask } from './protocol.ts';
import { TaskQueue } from './task-queue.ts';

const task = (id: string): MapTask => ({
  version: 1,
  kind: 'map-region',
  id,
  scene: 'scene',
  bands: [1],
  window: { x: 0, y: 0, width: 512, height: 512 },
  model: { folder: '-', variant: 'noop', sha256: '' },
  parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
});

describe('a queue of tasks', () => {
  it('gives them in order, those that are added before the others, and ends when it is closed', async () => {
    const queue = new TaskQueue([task('a'), task('b')]);
    expect((await queue.next())?.id).toBe('a');
    queue.addFirst(task('c'), task('d'));
    expect(queue.length).toBe(3);
    expect([queue.take(), queue.take(), queue.take()].map((one) => one?.id)).toEqual(['c', 'd', 'b']);
    const waiting = [queue.next(), queue.next()];
    queue.addFirst(task('e'));
    queue.close();
    const got = (await Promise.all(waiting)).map((one) => one?.id);
    expect(new Set(got)).toEqual(new Set(['e', undefined]));
    expect(await queue.next()).toBeUndefined();
  });

  it('is closed from the start where it is a list, and empty once it is cleared', async () => {
    const queue = TaskQueue.of([task('a'), task('b')]);
    expect(queue.closed).toBe(true);
    queue.clear();
    expect(await queue.next()).toBeUndefined();
    expect(TaskQueue.of(queue)).toBe(queue);
  });

  it('moves those that are preferred before the others, and keeps the order of both', async () => {
    const queue = new TaskQueue(['a', 'b', 'c', 'd', 'e'].map(task));
    expect((await queue.next())?.id).toBe('a');
    queue.prefer(({ id }) => id === 'e' || id === 'c');
    const rest = [queue.take(), queue.take(), queue.take(), queue.take()];
    expect(rest.map((one) => one?.id)).toEqual(['c', 'e', 'b', 'd']);
    expect(queue.length).toBe(0);
  });
});
