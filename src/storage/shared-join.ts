import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { TEMPORARY_MARK } from '../core/atomic-file.ts';
import { nameFile, systemErrorCode } from '../core/errors.ts';
import { InOrder } from '../core/in-order.ts';
import type { JoinOptions, Piece, Share, SharedJoin } from './store.ts';

/** Of what shares write, and leave for each other. */
const MARK = `${TEMPORARY_MARK}shares`;

const READING_LIMIT = 16;
/** Bytes gathered before they go to the disk. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** `at`: the path of a key. */
export function sharedJoin(at: (key: string) => string): SharedJoin {
  const joining = (key: string): string => `${at(key)}${MARK}`;
  const clear = async (key: string): Promise<void> => {
    const folder = dirname(at(key));
    const left = (await readdir(folder)).filter((name) => name.startsWith(`${basename(key)}${MARK}`));
    for (const name of left) await rm(join(folder, name), { force: true });
  };
  return {
    aside: (key, name) => `${key}${MARK}-${name}`,
    clear,
    async join(key, pieces, options) {
      const path = joining(key);
      await mkdir(dirname(path), { recursive: true });
      const file = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
      try {
        await file.truncate(options.bytes);
        await writeShare(file, pieces, options);
        await file.sync();
      } catch (error) {
        throw nameFile(error, path);
      } finally {
        await file.close();
      }
    },
    async seal(key) {
      await rename(joining(key), at(key)).catch(async (error: unknown) => {
        // Whoever tries again after one that was killed finds it sealed.
        const sealed =
          systemErrorCode(error) === 'ENOENT' && (await stat(at(key)).catch(() => null)) !== null;
        if (!sealed) throw nameFile(error, joining(key));
      });
      await clear(key);
    },
  };
}

async function writeShare(
  file: FileHandle,
  pieces: Iterable<Piece>,
  { bytes, share, signal }: JoinOptions & { readonly share: Share },
): Promise<void> {
  const from = Math.floor((bytes * share.index) / share.count);
  const to = Math.floor((bytes * (share.index + 1)) / share.count);
  const batch = new Batch(file);
  const queue = new InOrder<Uint8Array>(READING_LIMIT);
  let offset = 0;
  for (const piece of pieces) {
    const start = offset;
    offset += piece.length;
    // A piece belongs to the share in which it begins.
    if (start < from || start >= to) continue;
    signal?.throwIfAborted();
    await queue.add(piece.read(), (content) => batch.add(content, start));
  }
  await queue.drain();
  await batch.flush();
}

/** Bytes that follow each other, written together. */
class Batch {
  readonly #file: FileHandle;
  #waiting: Uint8Array[] = [];
  #start = 0;
  #length = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async add(content: Uint8Array, offset: number): Promise<void> {
    if (this.#length === 0) this.#start = offset;
    this.#waiting.push(content);
    this.#length += content.length;
    if (this.#length >= BATCH_BYTES) await this.flush();
  }

  async flush(): Promise<void> {
    const content = Buffer.concat(this.#waiting);
    for (let written = 0; written < content.length;) {
      const { bytesWritten } = await this.#file.write(
        content,
        written,
        content.length - written,
        this.#start + written,
      );
      written += bytesWritten;
    }
    this.#waiting = [];
    this.#length = 0;
  }
}
