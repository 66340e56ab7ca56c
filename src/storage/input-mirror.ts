import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../core/append-file.ts';
import { temporaryBeside } from '../core/atomic-file.ts';
import { digestOfBytes } from '../core/digest.ts';
import { resourceError } from '../core/errors.ts';
import { leaveCopy, takeCopy } from './input-copies.ts';
import { inputKey, inputListSchema, type InputFile } from './inputs.ts';
import type { Store } from './store.ts';

const COPY_BYTES = 4 * 2 ** 20;

/**
 * A local copy of what a run's tasks read: a folder laid out as a workspace, filled from a storage file by file as they
 * are needed, each checked by its digest. It is this process's own; the bytes are shared with others of the host.
 */
export class InputMirror {
  /** The folder, to be used as a workspace for reading. */
  readonly root: string;
  readonly #store: Store;
  readonly #folder: string;
  readonly #files: readonly InputFile[];
  readonly #there = new Set<string>();

  private constructor(store: Store, places: { folder: string; root: string }, files: readonly InputFile[]) {
    this.#store = store;
    this.#folder = places.folder;
    this.root = places.root;
    this.#files = files;
  }

  /** Opens the list of that digest; `folder` takes the copies. Throws INPUTS_MISSING, INPUTS_CHANGED. */
  static async open(store: Store, folder: string, digest: string): Promise<InputMirror> {
    const bytes = await store.readAll(inputKey(digest));
    if (bytes === null) throw missing(store, digest);
    if (digestOfBytes(bytes) !== digest) throw changed(store, digest);
    const { files } = inputListSchema.parse(JSON.parse(Buffer.from(bytes).toString()));
    return new InputMirror(store, { folder, root: temporaryBeside(join(folder, digest)) }, files);
  }

  /** Fetches those files of the list that are wanted and not there yet. Throws INPUTS_MISSING, INPUTS_CHANGED. */
  async fetch(wanted: (path: string) => boolean): Promise<void> {
    for (const file of this.#files) {
      if (this.#there.has(file.path) || !wanted(file.path)) continue;
      const path = join(this.root, file.path);
      if (!(await takeCopy(this.#folder, file.sha256, path))) await this.#copy(file, path);
      this.#there.add(file.path);
    }
  }

  /** Gives its files up. */
  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }

  async #copy({ sha256 }: InputFile, path: string): Promise<void> {
    const object = await this.#store.open(inputKey(sha256));
    if (object === null) throw missing(this.#store, sha256);
    const hash = createHash('sha256');
    const out = await AppendFile.create(join(this.#folder, sha256), hash);
    try {
      for (let offset = 0; offset < object.size; offset += COPY_BYTES)
        await out.append(await object.read(offset, COPY_BYTES));
      await out.finish();
      if (hash.digest('hex') !== sha256) throw changed(this.#store, sha256);
      await leaveCopy(this.#folder, sha256, out, path);
    } catch (error) {
      await out.discard();
      throw error;
    } finally {
      await object.close();
    }
  }
}

const HINT = 'Start the map again with `resflow map run`; regions that are done are kept.';

const missing = (store: Store, digest: string) =>
  resourceError('INPUTS_MISSING', `${store.addressOf(inputKey(digest))}, which tasks need, is gone.`, {
    hint: HINT,
    context: { file: store.addressOf(inputKey(digest)) },
  });

const changed = (store: Store, digest: string) =>
  resourceError('INPUTS_CHANGED', `${store.addressOf(inputKey(digest))} is not what its name says.`, {
    hint: `Remove it. ${HINT}`,
    context: { file: store.addressOf(inputKey(digest)) },
  });
