import { setTimeout as wait } from 'node:timers/promises';

export interface RetryRule {
  /** Whether another try may mend it. */
  readonly again: (error: unknown) => boolean;
  /** No try begins later than this after the first one. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told before each wait: what the last try threw, and how long it has been going. */
  readonly onWait?: (error: unknown, waitedMs: number) => void;
  /** Between 0 and 1; spreads the tries of many callers [Math.random]. */
  readonly random?: () => number;
  readonly now?: () => number;
}

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/**
 * Tries an operation until it succeeds, fails for good, or the deadline has passed: waits 0.1 s, then twice as long each
 * time up to 5 s, each shortened at random by up to a half. Throws what the last try threw, or the signal's reason.
 * `operation` is told which try it is, from 1: a first try whose answer was lost may have had its effect.
 */
export async function retried<T>(operation: (attempt: number) => Promise<T>, rule: RetryRule): Promise<T> {
  const { again, deadlineMs, signal, onWait, random = Math.random, now = () => performance.now() } = rule;
  const begun = now();
  const end = begun + deadlineMs;
  for (let attempt = 1; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      return await operation(attempt);
    } catch (error) {
      signal?.throwIfAborted();
      const pause = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1)) * (1 - 0.5 * random());
      if (!again(error) || now() + pause > end) throw error;
      onWait?.(error, now() - begun);
      await wait(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  }
}
