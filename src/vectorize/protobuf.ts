import { longerArray } from '../core/longer-array.ts';

/** Bytes of a protocol buffer, written one field after the other. */
export class ProtobufWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  /** What was written; valid until more is. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** An unsigned whole number below 2 ** 53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length] = (rest % 0x80) | 0x80;
      this.#length += 1;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** A field of a number. */
  number(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value);
  }

  double(field: number, value: number): void {
    this.varint(field * 8 + 1);
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  /** A field of bytes: text, a message, packed numbers. */
  data(field: number, bytes: Uint8Array): void {
    this.varint(field * 8 + 2);
    this.varint(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  text(field: number, text: string): void {
    this.data(field, new TextEncoder().encode(text));
  }

  /** A field of whole numbers, one after the other. */
  packed(field: number, values: readonly number[]): void {
    const inner = new ProtobufWriter();
    for (const value of values) inner.varint(value);
    this.data(field, inner.bytes);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    this.#bytes = longerArray(this.#bytes, Math.max(2 * this.#bytes.length, this.#length + more));
  }
}
