import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppendFile } from '../core/append-file.ts';
import { publishExclusive, writeFileAtomic, writeFileExclusive } from '../core/atomic-file.ts';
import { systemErrorCode } from '../core/errors.ts';
import { InOrder } from '../core/in-order.ts';
import { sharedJoin } from './shared-join.ts';
import type { JoinOptions, Piece, Store, StoredObject } from './store.ts';

/** Pieces being read at the same time. */
const READING_LIMIT = 16;

/** Objects as files below a folder; a key is a path relative to it. */
export function fileStore(root: string): Store {
  const at = (key: string): string => join(root, key);
  return {
    kind: 'files',
    addressOf: at,
    localPath: at,
    sizeOf: (key) => orNull(stat(at(key)).then(({ size }) => size)),
    readAll: (key) => orNull(readFile(at(key))),
    open: (key) => orNull(openFile(at(key))),
    write: (key, content) => writeFileAtomic(at(key), content),
    writeIfAbsent: (key, content) => writeFileExclusive(at(key), content),
    publish: (file, key) => publishExclusive(file, at(key)),
    join: (key, pieces, options) => joinPieces(at(key), pieces, options),
    shared: sharedJoin(at),
    remove: (key) => rm(at(key), { force: true }),
    sweep: () => Promise.resolve(0),
  };
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function openFile(path: string): Promise<StoredObject> {
  const file = await open(path, 'r');
  const { size } = await file.stat();
  return {
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      const { bytesRead } = await file.read(bytes, 0, length, offset);
      return bytes.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

async function joinPieces(
  path: string,
  pieces: Iterable<Piece>,
  { signal, ifAbsent = false }: JoinOptions,
): Promise<boolean> {
  const out = await AppendFile.create(path);
  try {
    const queue = new InOrder<Uint8Array>(READING_LIMIT);
    for (const piece of pieces) {
      signal?.throwIfAborted();
      await queue.add(piece.read(), async (bytes) => {
        await out.append(bytes);
      });
    }
    await queue.drain();
    await out.finish();
    if (ifAbsent) return await publishExclusive(out.temporary, path);
    await rename(out.temporary, path);
    return true;
  } catch (error) {
    await out.discard();
    throw error;
  }
}
