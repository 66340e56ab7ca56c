import type { Hash } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { temporaryBeside } from './atomic-file.ts';
import { nameFile } from './errors.ts';

/** Bytes gathered before they go to the disk. */
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * A temporary file that grows at its end, beside the path it is meant for. Ends either with `finish` (on the disk; the
 * caller publishes `temporary`) or with `discard` (gone). Holds BATCH_BYTES and what was appended last.
 */
export class AppendFile {
  readonly temporary: string;
  readonly #file: FileHandle;
  readonly #hash: Hash | null;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #length = 0;
  /** All batches that were handed over, up to the last. */
  #written: Promise<void> = Promise.resolve();

  private constructor(temporary: string, file: FileHandle, hash: Hash | null) {
    this.temporary = temporary;
    this.#file = file;
    this.#hash = hash;
  }

  /** `hash` gets every byte that is written. */
  static async create(path: string, hash: Hash | null = null): Promise<AppendFile> {
    await mkdir(dirname(path), { recursive: true });
    const temporary = temporaryBeside(path);
    return new AppendFile(temporary, await open(temporary, 'wx+'), hash);
  }

  /** Bytes appended so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends bytes, which must not change afterwards, and gives their offset. */
  async append(bytes: Uint8Array): Promise<number> {
    const offset = this.#length;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#length += bytes.length;
    if (this.#pendingBytes >= BATCH_BYTES) await this.#flush();
    return offset;
  }

  /** Reads back bytes appended before. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.#flush();
    const bytes = new Uint8Array(length);
    const { bytesRead } = await this.#file.read(bytes, 0, length, offset);
    if (bytesRead !== length) throw new RangeError(`${this.temporary} has no ${length} bytes at ${offset}`);
    return bytes;
  }

  /** Writes what is left, syncs and closes. */
  async finish(): Promise<void> {
    await this.#flush();
    await this.#file.sync().catch((error: unknown) => this.#fail(error));
    await this.#file.close();
  }

  /** Closes and removes the file, also after a failure. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.temporary, { force: true });
  }

  /** Waits also for batches that others handed over: what was appended can be read then. */
  #flush(): Promise<void> {
    if (this.#pendingBytes > 0) this.#written = this.#write(this.#written);
    return this.#written;
  }

  async #write(before: Promise<void>): Promise<void> {
    const pending = this.#pending;
    const start = this.#length - this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    const batch = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
    this.#hash?.update(batch);
    await before;
    for (let written = 0; written < batch.length;) {
      const { bytesWritten } = await this.#file
        .write(batch, written, batch.length - written, start + written)
        .catch((error: unknown) => this.#fail(error));
      written += bytesWritten;
    }
  }

  #fail(error: unknown): never {
    throw nameFile(error, this.temporary);
  }
}
