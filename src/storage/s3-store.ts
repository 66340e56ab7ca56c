import { DeleteObjectCommand, HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { readFile, rm, stat } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import { retried } from '../core/retry.ts';
import { ChunkCache } from './chunk-cache.ts';
import { piecesOfFile } from './file-pieces.ts';
import { S3_LIMITS, type PartLimits } from './plan-multipart.ts';
import { formatS3Address, type S3Address } from './s3-address.ts';
import { isBeyondEnd, isMissing, isPassing, isRefused, storageError } from './s3-errors.ts';
import { joinObject, sweepUploads, type Ask } from './s3-multipart.ts';
import { readRange, type S3Range } from './s3-reading.ts';
import type { JoinOptions, Piece, Store, StoredObject } from './store.ts';

/** Read with an object's opening: of a part, its index and what its chips predict at its border. */
const TAIL_BYTES = 256 * 1024;
const CACHED_CHUNKS = 32;
/** Objects above this are sent in parts, so that no worker holds them whole. */
const WHOLE_BYTES = 32 * 2 ** 20;
/** A service that is away for longer stops the run, which can be resumed. */
const PATIENCE_MS = 120_000;
const TROUBLE_MS = 2_000;

export interface S3StoreOptions {
  /** Local folder for files on their way. */
  readonly scratch: string;
  readonly signal?: AbortSignal | undefined;
  readonly patienceMs?: number;
  readonly limits?: PartLimits;
  /** Told once for each request that has to wait long: where, and why. */
  readonly onTrouble?: (address: string, error: unknown) => void;
}

/** Objects below a prefix of a bucket. Reads what was not opened in this process's cache; one store a process. */
export class S3Store implements Store {
  readonly kind = 's3';
  readonly shared = null;
  readonly address: S3Address;
  readonly #client: S3Client;
  readonly #options: S3StoreOptions;
  readonly #cache = new ChunkCache(CACHED_CHUNKS);
  /** Of objects that were opened: what is copied later has to be what was read. */
  readonly #etags = new Map<string, string>();

  constructor(client: S3Client, address: S3Address, options: S3StoreOptions) {
    this.#client = client;
    this.address = address;
    this.#options = options;
  }

  addressOf(key: string): string {
    return formatS3Address({ bucket: this.address.bucket, prefix: this.#keyOf(key) });
  }

  localPath(key: string): string {
    return joinPath(this.#options.scratch, key.split('/').join('-'));
  }

  async sizeOf(key: string): Promise<number | null> {
    const head = await this.#unlessMissing(key, () =>
      this.#client.send(new HeadObjectCommand(this.#at(key))),
    );
    return head?.ContentLength ?? null;
  }

  async readAll(key: string): Promise<Uint8Array | null> {
    const range = await this.#unlessMissing(key, () => readRange(this.#client, this.#at(key)));
    return range?.bytes ?? null;
  }

  async open(key: string): Promise<StoredObject | null> {
    const tail = await this.#unlessMissing(key, () => this.#readTail(key));
    if (tail === null) return null;
    const { size, etag, bytes } = tail;
    this.#etags.set(key, etag);
    const tailAt = size - bytes.length;
    return {
      size,
      read: (offset, length) =>
        offset >= tailAt
          ? Promise.resolve(bytes.subarray(offset - tailAt, offset - tailAt + length))
          : this.#cache.read(`${key} ${etag}`, { offset, length, size }, (from, count) =>
              this.#readChunk(key, { etag, from, count }),
            ),
      close: () => Promise.resolve(),
    };
  }

  async write(key: string, content: string | Uint8Array): Promise<void> {
    await this.ask(key, () =>
      this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: Buffer.from(content) })),
    );
  }

  async writeIfAbsent(key: string, content: string | Uint8Array): Promise<boolean> {
    const request = { ...this.#at(key), Body: Buffer.from(content), IfNoneMatch: '*' };
    return this.#unlessRefused(key, () => this.#client.send(new PutObjectCommand(request)));
  }

  async publish(file: string, key: string): Promise<boolean> {
    try {
      const { size } = await stat(file);
      if (size <= WHOLE_BYTES) return await this.writeIfAbsent(key, await readFile(file));
      return await this.join(key, piecesOfFile(file, size), { bytes: size, ifAbsent: true });
    } finally {
      await rm(file, { force: true });
    }
  }

  async join(key: string, pieces: Iterable<Piece>, options: JoinOptions): Promise<boolean> {
    return joinObject(
      {
        client: this.#client,
        ask: (about, request) => this.ask(about, request),
        at: (one) => this.#at(one),
        etagOf: (one) => this.#etags.get(one),
        limits: this.#options.limits ?? S3_LIMITS,
      },
      { key, pieces, options },
    );
  }

  async remove(key: string): Promise<void> {
    this.#etags.delete(key);
    await this.ask(key, () => this.#client.send(new DeleteObjectCommand(this.#at(key))));
  }

  sweep(prefix: string, isOurs: (key: string) => boolean = () => true): Promise<number> {
    const base = this.#keyOf('');
    return sweepUploads(
      { client: this.#client, ask: (about, request) => this.ask(about, request) },
      { Bucket: this.address.bucket, Prefix: this.#keyOf(prefix) },
      (key) => isOurs(key.slice(base.length)),
    );
  }

  readonly ask: Ask = async (key, request) => {
    const { signal, patienceMs = PATIENCE_MS, onTrouble } = this.#options;
    let told = false;
    const onWait = (error: unknown, waitedMs: number) => {
      if (waitedMs < TROUBLE_MS || told) return;
      told = true;
      onTrouble?.(this.addressOf(key), error);
    };
    try {
      return await retried(request, { again: isPassing, deadlineMs: patienceMs, signal, onWait });
    } catch (error) {
      signal?.throwIfAborted();
      if (isMissing(error) || isRefused(error) || isBeyondEnd(error)) throw error;
      throw storageError(this.addressOf(key), error);
    }
  };

  #keyOf(key: string): string {
    const steps = key.split('/');
    if (key.startsWith('/') || steps.includes('..') || steps.includes('.'))
      throw new RangeError(`'${key}' leads out of the storage`);
    return this.address.prefix === '' ? key : `${this.address.prefix}/${key}`;
  }

  readonly #at = (key: string) => ({ Bucket: this.address.bucket, Key: this.#keyOf(key) });

  /** An object's last bytes; an empty one has no range at all. */
  async #readTail(key: string): Promise<S3Range> {
    try {
      return await readRange(this.#client, { ...this.#at(key), Range: `bytes=-${TAIL_BYTES}` });
    } catch (error) {
      if (isBeyondEnd(error)) return readRange(this.#client, this.#at(key));
      throw error;
    }
  }

  async #readChunk(
    key: string,
    { etag, from, count }: { etag: string; from: number; count: number },
  ): Promise<Uint8Array> {
    const request = { ...this.#at(key), Range: `bytes=${from}-${from + count - 1}`, IfMatch: etag };
    const { bytes } = await this.ask(key, () => readRange(this.#client, request)).catch((error: unknown) => {
      throw isMissing(error) || isRefused(error) ? storageError(this.addressOf(key), error) : error;
    });
    return bytes;
  }

  async #unlessMissing<T>(key: string, request: () => Promise<T>): Promise<T | null> {
    try {
      return await this.ask(key, request);
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async #unlessRefused(key: string, request: () => Promise<unknown>): Promise<boolean> {
    try {
      await this.ask(key, request);
      return true;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }
}
