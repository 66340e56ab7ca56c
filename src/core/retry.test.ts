import { expect, test } from 'vitest';
import { retried } from './retry.ts';

const passing = (error: unknown): boolean => error instanceof Error && error.message === 'passing';
const rule = { again: passing, deadlineMs: 60_000, random: () => 1 };

test('tries again what passes, and tells which try it is', async () => {
  const tries: number[] = [];
  const value = await retried((attempt) => {
    tries.push(attempt);
    return attempt < 3 ? Promise.reject(new Error('passing')) : Promise.resolve('done');
  }, rule);
  expect({ value, tries }).toEqual({ value: 'done', tries: [1, 2, 3] });
});

test('does not try again what will fail again, nor after the deadline', async () => {
  let tries = 0;
  const fail = (message: string) => () => {
    tries += 1;
    return Promise.reject(new Error(message));
  };
  await expect(retried(fail('for good'), rule)).rejects.toThrow('for good');
  expect(tries).toBe(1);
  let clock = 0;
  const late = { ...rule, deadlineMs: 60, now: () => (clock += 40) };
  await expect(retried(fail('passing'), late)).rejects.toThrow('passing');
  expect(tries).toBe(2);
});

test('stops waiting when it is asked to', async () => {
  const stop = new AbortController();
  const waiting = retried(() => Promise.reject(new Error('passing')), { ...rule, signal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
});
