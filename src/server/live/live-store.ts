import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemErrorCode } from '../../core/errors.ts';
import { readPartPixels, type PartPixels } from '../../mosaic/part-pixels.ts';
import { fileStore } from '../../storage/file-store.ts';
import type { Store } from '../../storage/store.ts';
import { partKey, readMarker } from '../../workspace/ledger.ts';
import { liveFolder } from '../../workspace/layout.ts';

/** Part files of predictions that are kept; the oldest go first. */
const KEPT_BYTES = 2 * 1024 ** 3;
/** Pixels kept in memory. */
const MEMORY_BYTES = 192 * 1024 ** 2;

/** Predicted regions: in memory, on the disk under `server/live`, or among the parts of the workspace's runs. */
export class LiveStore {
  readonly #live: Store;
  readonly #runs: Store;
  readonly #folder: string;
  readonly #pixels = new Map<string, PartPixels>();
  #bytes = 0;

  constructor(root: string) {
    this.#folder = liveFolder(root);
    this.#live = fileStore(this.#folder);
    this.#runs = fileStore(root);
  }

  /** A region's pixels; null where nobody has predicted it yet. */
  async find(task: string): Promise<PartPixels | null> {
    const known = this.#pixels.get(task);
    if (known !== undefined) {
      this.#pixels.delete(task);
      this.#pixels.set(task, known);
      return known;
    }
    for (const store of [this.#live, this.#runs]) {
      if ((await readMarker(store, task)) === null) continue;
      // A part that was swept between the two is predicted again.
      const pixels = await readPartPixels(store, partKey(task)).catch(() => null);
      if (pixels !== null) return this.#keep(task, pixels);
    }
    return null;
  }

  #keep(task: string, pixels: PartPixels): PartPixels {
    if (this.#pixels.has(task)) return pixels;
    this.#pixels.set(task, pixels);
    this.#bytes += bytesIn(pixels);
    for (const [oldest, old] of this.#pixels) {
      if (this.#bytes <= MEMORY_BYTES) break;
      this.#pixels.delete(oldest);
      this.#bytes -= bytesIn(old);
    }
    return pixels;
  }

  /** Removes the oldest parts beyond what is kept; each marker before its part. */
  async sweep(limit = KEPT_BYTES): Promise<void> {
    const parts = await partsBelow(join(this.#folder, 'parts'));
    parts.sort((a, b) => b.time - a.time);
    let bytes = 0;
    for (const { path, name, size } of parts) {
      bytes += size;
      if (bytes <= limit) continue;
      const task = name.replace(/\.part$/, '');
      await rm(join(this.#folder, 'ledger', task.slice(0, 2), `${task}.json`), { force: true });
      await rm(path, { force: true });
    }
  }
}

const bytesIn = ({ layers }: PartPixels): number =>
  Object.values(layers).reduce((sum, { data }) => sum + data.length, 0);

async function partsBelow(folder: string) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  const files = entries.filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => {
      const path = join(parentPath, name);
      const { size, mtimeMs } = await stat(path);
      return { path, name, size, time: mtimeMs };
    }),
  );
}
