import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryBeside } from '../core/atomic-file.ts';
import { systemErrorCode } from '../core/errors.ts';

/** One state of a chain. Version 0, the initial state, has no file. */
export interface Version<T> {
  readonly version: number;
  readonly value: T;
}

export interface ChainOptions<T> {
  readonly initial: T;
  /** Checks what a file holds; throws on what is no state. */
  parse(json: unknown): T;
  /** Versions that stay beside the newest; a test may keep all, as a record that nobody can forget to write. */
  readonly kept: number;
}

const DIGITS = 12;

/**
 * A state that many processes change, without a lock: each version is a file of its own, and the next one is made by a
 * hard link, which succeeds for exactly one writer. Who was slower, frozen or working from an old version finds the name
 * taken, reads again and decides again; who is killed leaves nothing half done. All calls are synchronous and short
 * (fractions of a millisecond on a local disk), so that a process can give back what it has on its way out.
 */
export class VersionChain<T> {
  readonly #folder: string;
  readonly #options: ChainOptions<T>;

  constructor(folder: string, options: ChainOptions<T>) {
    this.#folder = folder;
    this.#options = options;
  }

  /**
   * Makes the newest version one with which `change` is content. It gets the newest and returns the next, or the same
   * value where nothing is to change; it is called again whenever somebody else was first, and once more after it
   * succeeded. So a link that a frozen process makes late, under a number that was long used and removed, counts for
   * nothing: what matters is the newest version.
   */
  settle(change: (value: T) => T): Version<T> {
    for (;;) {
      const newest = this.read();
      const next = change(newest.value);
      if (next === newest.value) return newest;
      this.publish(newest.version + 1, next);
    }
  }

  /** Makes a version; false where another process made it first. */
  publish(version: number, value: T): boolean {
    const made = this.#link(version, value);
    if (made) this.#forget(version);
    return made;
  }

  read(): Version<T> {
    for (;;) {
      const version = this.#numbers().at(-1) ?? 0;
      if (version === 0) return { version, value: this.#options.initial };
      try {
        return { version, value: this.#parse(readFileSync(this.#path(version), 'utf8')) };
      } catch (error) {
        // Removed between the listing and the reading: there are newer ones.
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      }
    }
  }

  /** An empty file is what a power cut leaves, and it ended everybody who wrote here. */
  #parse(text: string): T {
    return text.trim() === '' ? this.#options.initial : this.#options.parse(JSON.parse(text));
  }

  #link(version: number, value: T): boolean {
    const path = this.#path(version);
    const temporary = temporaryBeside(path);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(temporary, JSON.stringify(value), { flag: 'wx' });
      linkSync(temporary, path);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  #forget(newest: number): void {
    for (const version of this.#numbers()) {
      if (version < newest - this.#options.kept) rmSync(this.#path(version), { force: true });
    }
  }

  #numbers(): number[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => /^\d+\.json$/.test(name))
        .map((name) => Number.parseInt(name, 10))
        .sort((a, b) => a - b);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #path(version: number): string {
    return join(this.#folder, `${String(version).padStart(DIGITS, '0')}.json`);
  }
}
