import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { VersionChain } from './version-chain.ts';

/** Milliseconds since 1970 by this host's clock. */
const stateSchema = z.object({ busyUntil: z.number() });

/** A clock that was put back must not make a device wait for hours. */
const LONGEST_QUEUE_MS = 600_000;

/**
 * The time of one simulated device, shared by all processes of a host. Who computes takes the next free stretch and sleeps
 * to its end: that is a lock with a queue in order of arrival, no gap between two holders, and nothing to recover when one
 * is killed.
 */
export class DeviceTimeline {
  readonly #folder: string;
  readonly #log: boolean;
  readonly #chain: VersionChain<z.infer<typeof stateSchema>>;

  constructor(folder: string, { log }: { log: boolean }) {
    this.#folder = folder;
    this.#log = log;
    this.#chain = new VersionChain(folder, {
      initial: { busyUntil: 0 },
      parse: (json) => stateSchema.parse(json),
      kept: 16,
    });
  }

  /** Takes a stretch of this length, waits for its end, and says when it began and ended. */
  async spend(ms: number): Promise<{ start: number; end: number }> {
    const stretch = this.#take(ms);
    if (this.#log) {
      const line = { pid: process.pid, start: stretch.start, end: stretch.end };
      mkdirSync(this.#folder, { recursive: true });
      appendFileSync(join(this.#folder, 'use.jsonl'), `${JSON.stringify(line)}\n`);
    }
    const wait = stretch.end - Date.now();
    if (wait > 0) await sleep(wait);
    return stretch;
  }

  #take(ms: number): { start: number; end: number } {
    for (;;) {
      const { version, value } = this.#chain.read();
      const now = Date.now();
      const start = value.busyUntil - now > LONGEST_QUEUE_MS ? now : Math.max(now, value.busyUntil);
      const end = start + ms;
      if (this.#chain.publish(version + 1, { busyUntil: end })) return { start, end };
    }
  }
}
