import { HAMMING_SCAN_BASE64 } from './hamming-scan-bytes.ts';
import { wrongLength } from './codes.ts';
import type { NearestCodes } from './nearest-codes.ts';

/** As much of the standard as is used; Node's types leave it to the browser's. */
declare const WebAssembly: {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

interface Kernel {
  short(...args: [number, number, number, bigint, bigint, number, number]): number;
  long(...args: [number, number, number, number, number, bigint, number, number]): number;
}

const PAGE = 65536;
/** Codes compared between two looks at what was found; the kernel's output holds that many. */
const CHUNK = 16384;
const QUERY_AT = 0;
const FOUND_AT = 64;
const CODES_AT = 3 * PAGE;
/** The kernel loads eight bytes at once, also at the last code. */
const SLACK = 8;

let compiled: object | null = null;

/**
 * Room for `capacity` codes, and a scan that compares them all with one: about a nanosecond a code of 64 bits, memory
 * the codes' own size and 200 KB. Fill `codes`, then `scan`; for more codes than fit in memory fill and scan again.
 */
export class CodeScanner {
  readonly bytes: number;
  readonly capacity: number;
  readonly #memory: { readonly buffer: ArrayBuffer };
  readonly #kernel: Kernel;

  constructor(bytes: number, capacity: number) {
    this.bytes = bytes;
    this.capacity = capacity;
    this.#memory = new WebAssembly.Memory({
      initial: Math.ceil((CODES_AT + capacity * bytes + SLACK) / PAGE),
    });
    compiled ??= new WebAssembly.Module(Buffer.from(HAMMING_SCAN_BASE64, 'base64'));
    const { exports } = new WebAssembly.Instance(compiled, { scan: { memory: this.#memory } });
    this.#kernel = exports as Kernel;
  }

  /** Where the codes go, (capacity, bytes). */
  get codes(): Uint8Array {
    return new Uint8Array(this.#memory.buffer, CODES_AT, this.capacity * this.bytes);
  }

  /**
   * Offers the nearest of the first `count` codes to `nearest`, in order; code i as number `first` + i. Throws contract
   * error CODE_LENGTH for a query of another length.
   */
  scan(query: Uint8Array, count: number, nearest: NearestCodes, first = 0): void {
    if (query.length !== this.bytes) throw wrongLength(query.length, this.bytes);
    if (count > this.capacity) throw new RangeError(`${count} codes in a scanner for ${this.capacity}`);
    new Uint8Array(this.#memory.buffer, QUERY_AT, this.bytes).set(query);
    const found = new Uint32Array(this.#memory.buffer, FOUND_AT, 2 * CHUNK);
    for (let from = 0; from < count; from += CHUNK) {
      if (nearest.limit < 0) return;
      const end = this.#scanChunk(from, Math.min(CHUNK, count - from), nearest.limit);
      for (let at = 0; at < (end - FOUND_AT) / 4; at += 2) {
        nearest.offer(first + from + (found[at] as number), found[at + 1] as number);
      }
    }
  }

  #scanChunk(from: number, count: number, limit: number): number {
    const { bytes } = this;
    const at = CODES_AT + from * bytes;
    const lastWord = 8 * (Math.ceil(bytes / 8) - 1);
    const mask = (1n << BigInt(8 * (bytes - lastWord))) - 1n;
    if (lastWord > 0) {
      return this.#kernel.long(
        at,
        count,
        bytes,
        QUERY_AT,
        QUERY_AT + lastWord,
        signed(mask),
        limit,
        FOUND_AT,
      );
    }
    const query = new DataView(this.#memory.buffer).getBigUint64(QUERY_AT, true) & mask;
    return this.#kernel.short(at, count, bytes, signed(query), signed(mask), limit, FOUND_AT);
  }
}

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
