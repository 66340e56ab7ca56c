import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemErrorCode } from '../core/errors.ts';
import { isSameProcess, processPlace, startOfProcess } from '../core/process-identity.ts';
import type { DeskState, Holder } from './desk-state.ts';

/** This process, as one that holds tickets. */
export const thisHolder = (): Holder => ({
  id: `${process.pid}-${randomBytes(6).toString('hex')}`,
  pid: process.pid,
  host: hostname(),
  place: processPlace(),
  started: startOfProcess(process.pid),
  parent: process.ppid,
});

/**
 * Signs of life in a folder: a file for each holder, written again from time to time. All times are those that the file
 * system stamps on files when they are written, so that hosts whose clocks differ agree on them.
 */
export class SignsOfLife {
  readonly #folder: string;
  /** By this process's own steady clock: when its last sign went out. */
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(folder: string) {
    this.#folder = join(folder, 'alive');
  }

  /** How long ago this process gave its last sign, by a clock that nobody sets; infinite before the first. */
  get silentMs(): number {
    return performance.now() - this.#lastMs;
  }

  /** Gives a sign of life; the file system's time now, ms. */
  give(holder: string): number {
    const path = this.#file(holder);
    // Taken before the sign goes out: who is frozen in between must not count as having given it when it woke.
    const before = performance.now();
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    writeFileSync(path, '.');
    const { mtimeMs } = statSync(path);
    this.#lastMs = before;
    return mtimeMs;
  }

  /** Removes a holder's file. */
  end(holder: string): void {
    rmSync(this.#file(holder), { force: true });
  }

  /** Those who hold or wait and cannot be there any more: dead on this host, or silent for the lease. */
  goneHolders(state: DeskState, now: number, leaseMs: number): Set<string> {
    const holders = new Map([...state.tickets, ...state.waiting].map(({ holder }) => [holder.id, holder]));
    const here = processPlace();
    const gone = [...holders.values()].filter(
      ({ id, pid, place, started }) =>
        (place === here && !isSameProcess(pid, started)) || now - this.#lastOf(id) > leaseMs,
    );
    return new Set(gone.map(({ id }) => id));
  }

  /** Removes files of holders that the desk does not know and that were silent for the lease. */
  sweep(state: DeskState, now: number, leaseMs: number): void {
    const known = new Set([...state.tickets, ...state.waiting].map(({ holder }) => holder.id));
    for (const id of readdirSync(this.#folder)) {
      if (!known.has(id) && now - this.#lastOf(id) > leaseMs) this.end(id);
    }
  }

  #lastOf(holder: string): number {
    try {
      return statSync(this.#file(holder)).mtimeMs;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return Number.NEGATIVE_INFINITY;
      throw error;
    }
  }

  #file(holder: string): string {
    return join(this.#folder, holder);
  }
}
