import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { terminalProgress } from './terminal-progress.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('tells a pipe every tenth, and the time left by what was done since it began to tell', () => {
  const stream = new PassThrough();
  const progress = terminalProgress(stream as unknown as NodeJS.WriteStream);
  progress.start('Training', 1000, 'steps');
  // It goes on at step 500, which took it no time.
  progress.update(500);
  vi.advanceTimersByTime(100_000);
  progress.update(550);
  progress.update(600, 'loss 0.5');
  vi.advanceTimersByTime(100_000);
  progress.update(1000);
  expect(String(stream.read()).trim().split('\n')).toEqual([
    'Training: 500/1000 steps',
    'Training: 600/1000 steps (loss 0.5, 7 min left)',
    'Training: 1000/1000 steps',
  ]);
});
