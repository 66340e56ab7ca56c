import { access, mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFolderOnce } from '../../core/atomic-folder.ts';
import { digestOf } from '../../core/digest.ts';
import { buildOverviews, OVERVIEW_NAME, ruleOfView } from '../../raster/build-overviews.ts';
import type { NoDataRule } from '../../raster/source-record.ts';
import { scratchFolder } from '../../storage/open-store.ts';
import { WorkLimit } from '../work-limit.ts';

/** Bytes of overviews that are kept on the disk, those used last. */
const KEPT_BYTES = 4 * 2 ** 30;

/** A file without overviews. */
export interface UnviewedFile {
  readonly href: string;
  readonly noData: NoDataRule;
  readonly bands: number;
  /** Changes with its content. */
  readonly version: string;
}

export interface ViewedFile {
  readonly href: string;
  readonly noData: NoDataRule;
}

/**
 * Overviews of files that have none of their own, built once in the scratch folder of this user, one file at a time, and
 * found again by the version of the file.
 */
export class OverviewCache {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #signal: AbortSignal;
  readonly #limit = new WorkLimit({ atOnce: 1, waiting: 256 });
  readonly #building = new Map<string, Promise<ViewedFile>>();

  constructor({ env, signal }: { env: Readonly<Record<string, string | undefined>>; signal: AbortSignal }) {
    this.#env = env;
    this.#signal = signal;
  }

  /**
   * The virtual raster that has a file's overviews, and its rule of pixels without data. Takes as long as the file takes to
   * read, the first time. Throws what building throws; the next who asks tries again.
   */
  of(asked: UnviewedFile): Promise<ViewedFile> {
    const key = digestOf([asked.href, asked.noData, asked.version]);
    let building = this.#building.get(key);
    if (building === undefined) {
      building = this.#limit.run(this.#signal, () => this.#make(asked, key));
      this.#building.set(key, building);
      building.catch(() => this.#building.delete(key));
    }
    return building;
  }

  async #make({ href, noData, bands }: UnviewedFile, key: string): Promise<ViewedFile> {
    const shelf = join(await scratchFolder(this.#env), 'overviews');
    const folder = join(shelf, key);
    const there = await access(join(folder, OVERVIEW_NAME)).then(
      () => true,
      () => false,
    );
    if (there) await utimes(folder, new Date(), new Date());
    else {
      await mkdir(shelf, { recursive: true });
      await removeOldest(shelf);
      await writeFolderOnce(folder, (temporary) => buildOverviews(href, noData, temporary));
    }
    return { href: join(folder, OVERVIEW_NAME), noData: ruleOfView(noData, bands) };
  }
}

/** Makes room for one more: folders that were used longest ago go while all together are too large. */
async function removeOldest(shelf: string): Promise<void> {
  const folders = await Promise.all(
    (await readdir(shelf)).map(async (name) => {
      const path = join(shelf, name);
      const files = await readdir(path).catch(() => []);
      const sizes = await Promise.all(
        files.map((file) =>
          stat(join(path, file)).then(
            ({ size }) => size,
            () => 0,
          ),
        ),
      );
      const time = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      );
      return { path, time, size: sizes.reduce((sum, size) => sum + size, 0) };
    }),
  );
  let total = folders.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of folders.sort((a, b) => a.time - b.time)) {
    if (total <= KEPT_BYTES) return;
    await rm(path, { recursive: true, force: true });
    total -= size;
  }
}
