/** An object that is open for reading. */
export interface StoredObject {
  readonly size: number;
  /** Bytes from an offset; fewer where the object ends before. */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Some bytes of an object that is put together, in its order. */
export interface Piece {
  readonly length: number;
  /** The bytes, checked. */
  read(): Promise<Uint8Array>;
  /** Where the same bytes lie in an object of the same store, which may copy them without reading. */
  readonly source: { readonly key: string; readonly offset: number } | null;
}

export interface JoinOptions {
  /** Of all pieces together. */
  readonly bytes: number;
  /** Leaves an object that is there as it is; the answer is false then. */
  readonly ifAbsent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One of several parts of the work of putting an object together. */
export interface Share {
  readonly index: number;
  readonly count: number;
}

/** Puts an object together by several processes, each writing its own bytes at their place in one file. */
export interface SharedJoin {
  /**
   * Writes the pieces of one share, of all that are given. Again, or by two at the same time: the same bytes at the same
   * place. Nobody sees the object before it is sealed.
   */
  join(key: string, pieces: Iterable<Piece>, options: JoinOptions & { readonly share: Share }): Promise<void>;
  /** The key of something that the shares leave for each other; it is gone once the object is sealed, or cleared. */
  aside(key: string, name: string): string;
  /** Makes the object of what all shares have written, in place of an older one; again: nothing. */
  seal(key: string): Promise<void>;
  /** Removes what shares have left. */
  clear(key: string): Promise<void>;
}

/**
 * Keeps objects by key, each whole or not there at all: a folder of files, or a part of a bucket. Keys are relative paths
 * with forward slashes, laid out as a workspace is (src/workspace/layout.ts with an empty root).
 */
export interface Store {
  readonly kind: 'files' | 's3';
  /** The absolute path, or the s3:// address, of a key: for people, records and GDAL. */
  addressOf(key: string): string;
  /** Bytes of an object; null where there is none. */
  sizeOf(key: string): Promise<number | null>;
  /** A small object's bytes; null where there is none. */
  readAll(key: string): Promise<Uint8Array | null>;
  /** Opens an object; null where there is none. */
  open(key: string): Promise<StoredObject | null>;
  /** Writes an object, in place of an older one. */
  write(key: string, content: string | Uint8Array): Promise<void>;
  /** Writes an object only if its name is free; false where somebody else was first. */
  writeIfAbsent(key: string, content: string | Uint8Array): Promise<boolean>;
  /** A local path for what is to become the object: write a temporary file beside it, then `publish` that. */
  localPath(key: string): string;
  /** Makes a finished local file, which is gone then, the object, only if its name is free; false where it is not. */
  publish(file: string, key: string): Promise<boolean>;
  /** Puts an object together out of pieces, in place of an older one. */
  join(key: string, pieces: Iterable<Piece>, options: JoinOptions): Promise<boolean>;
  /** The same by several processes; null where the store copies by itself. */
  readonly shared: SharedJoin | null;
  /** Removes an object, if there is one. */
  remove(key: string): Promise<void>;
  /**
   * Ends joins that a killed process left half done: those below a prefix whose key is told to be ours. Gives their number.
   * Of files nothing: theirs are temporary ones, swept by `sweepTemporary`.
   */
  sweep(prefix: string, isOurs?: (key: string) => boolean): Promise<number>;
}
