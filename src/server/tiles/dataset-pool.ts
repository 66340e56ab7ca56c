import type { OpenRaster } from '../../raster/open-dataset.ts';
import type { NativeSource } from '../../raster/native-rows.ts';

/** A file that pictures are read from. Equal keys mean the same bytes. */
export interface PooledFile {
  readonly key: string;
  open(): Promise<OpenRaster>;
}

/** One opening of a file. GDAL does one thing at a time with it, so one reader has it to himself. */
export interface Handle {
  readonly raster: OpenRaster;
  /** Ways of reading that were worked out before, by what is read. */
  readonly ways: Map<string, NativeSource>;
}

interface Shelf {
  readonly idle: Handle[];
  readonly waiting: ((handle: Handle | null) => void)[];
  open: number;
}

/**
 * Keeps files open between pictures: a few handles for each, so that several pictures are read at once, and no more than
 * `total` in all, by closing those that were idle longest. Who finds all handles of a file in use waits for one.
 */
export class DatasetPool {
  readonly #shelves = new Map<string, Shelf>();
  /** Idle handles, longest idle first. */
  readonly #idle = new Map<Handle, string>();
  readonly #limits: { readonly perFile: number; readonly total: number };
  #open = 0;
  #closed = false;

  constructor(limits: { perFile: number; total: number }) {
    this.#limits = limits;
  }

  /** Handles that are open now. */
  get size(): number {
    return this.#open;
  }

  /** Lends a handle for the time of `work`. Throws what opening and the work throw; the handle is closed then. */
  async use<T>(file: PooledFile, work: (handle: Handle) => Promise<T>): Promise<T> {
    const handle = await this.#take(file);
    let fine = false;
    try {
      const result = await work(handle);
      fine = true;
      return result;
    } finally {
      this.#giveBack(file.key, handle, fine);
    }
  }

  /** Closes what is idle, and the rest when it comes back. */
  close(): void {
    this.#closed = true;
    for (const [handle, key] of this.#idle) this.#closeIdle(handle, key);
  }

  async #take(file: PooledFile): Promise<Handle> {
    const shelf = this.#shelfOf(file.key);
    const idle = shelf.idle.pop();
    if (idle !== undefined) {
      this.#idle.delete(idle);
      return idle;
    }
    if (shelf.open >= this.#limits.perFile) {
      const handle = await new Promise<Handle | null>((resolve) => shelf.waiting.push(resolve));
      return handle ?? this.#openAnother(file);
    }
    return this.#openAnother(file);
  }

  async #openAnother(file: PooledFile): Promise<Handle> {
    this.#shelfOf(file.key).open++;
    this.#open++;
    for (const [handle, key] of this.#idle) {
      if (this.#open <= this.#limits.total) break;
      this.#closeIdle(handle, key);
    }
    try {
      return { raster: await file.open(), ways: new Map() };
    } catch (error) {
      this.#forget(file.key);
      throw error;
    }
  }

  #giveBack(key: string, handle: Handle, fine: boolean): void {
    const shelf = this.#shelfOf(key);
    if (!fine || this.#closed) {
      handle.raster.dataset.close();
      this.#forget(key);
      return;
    }
    const next = shelf.waiting.shift();
    if (next !== undefined) {
      next(handle);
      return;
    }
    shelf.idle.push(handle);
    this.#idle.set(handle, key);
  }

  #closeIdle(handle: Handle, key: string): void {
    const shelf = this.#shelfOf(key);
    const at = shelf.idle.indexOf(handle);
    if (at >= 0) shelf.idle.splice(at, 1);
    this.#idle.delete(handle);
    handle.raster.dataset.close();
    this.#forget(key);
  }

  /** Counts a handle less; the first who waits may open another. */
  #forget(key: string): void {
    const shelf = this.#shelfOf(key);
    shelf.open--;
    this.#open--;
    shelf.waiting.shift()?.(null);
    if (shelf.open === 0 && shelf.waiting.length === 0) this.#shelves.delete(key);
  }

  #shelfOf(key: string): Shelf {
    let shelf = this.#shelves.get(key);
    if (shelf === undefined) this.#shelves.set(key, (shelf = { idle: [], waiting: [], open: 0 }));
    return shelf;
  }
}
