import { stat } from 'node:fs/promises';

/** Something read from files, which is read again when they changed. */
interface Entry<T> {
  readonly version: string;
  readonly value: T;
  checked: number;
}

/** For so long nobody looks whether files changed: a thousand map tiles a second ask about the same ones. */
const FRESH_MS = 1000;
const MOST_ENTRIES = 4096;

/** Size and time of a local file. One that is not there is found missing when it is read. */
export async function fileVersion(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  return found === null ? 'missing' : `${found.size} ${found.mtimeMs} ${found.ino}`;
}

/** Remembers what was read by key; looks at most once a second whether `version` is still the same. */
export class Watched<T> {
  readonly #entries = new Map<string, Entry<T>>();
  readonly #looking = new Map<string, Promise<T>>();
  readonly #most: number;

  /** `most`: things that are remembered; those read longest ago go first. */
  constructor(most = MOST_ENTRIES) {
    this.#most = most;
  }

  /** What is known and fresh, at once; null where somebody has to look. */
  fresh(key: string): T | null {
    const known = this.#entries.get(key);
    return known !== undefined && performance.now() - known.checked < FRESH_MS ? known.value : null;
  }

  /** Throws what `version` and `make` throw; nothing is remembered of that. */
  async get(key: string, version: () => Promise<string>, make: (version: string) => Promise<T>): Promise<T> {
    const fresh = this.fresh(key);
    if (fresh !== null) return fresh;
    let looking = this.#looking.get(key);
    if (looking === undefined) {
      looking = this.#look(key, version, make).finally(() => this.#looking.delete(key));
      this.#looking.set(key, looking);
    }
    return looking;
  }

  async #look(
    key: string,
    version: () => Promise<string>,
    make: (version: string) => Promise<T>,
  ): Promise<T> {
    const known = this.#entries.get(key);
    const checked = performance.now();
    const now = await version();
    if (known?.version === now) {
      known.checked = checked;
      return known.value;
    }
    const value = await make(now);
    this.#entries.delete(key);
    this.#entries.set(key, { version: now, value, checked });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break;
      this.#entries.delete(oldest);
    }
    return value;
  }
}
