import { longerArray } from '../core/longer-array.ts';

/** Int32 values that grow at the end; `data` may be longer than `length`, and is another array after `reserve`. */
export class GrowableInt32 {
  data: Int32Array;
  length = 0;

  constructor(capacity = 1024) {
    this.data = new Int32Array(capacity);
  }

  /** Makes room for `more` values beyond `length`. */
  reserve(more: number): void {
    if (this.length + more <= this.data.length) return;
    this.data = longerArray(this.data, Math.max(this.data.length * 2, this.length + more));
  }

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }
}

/** As GrowableInt32, of doubles. */
export class GrowableFloat64 {
  data: Float64Array;
  length = 0;

  constructor(capacity = 1024) {
    this.data = new Float64Array(capacity);
  }

  push(value: number): void {
    if (this.length === this.data.length) this.#grow(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  append(values: Int32Array | Float64Array): void {
    if (this.length + values.length > this.data.length) this.#grow(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
  }

  #grow(more: number): void {
    this.data = longerArray(this.data, Math.max(this.data.length * 2, this.length + more));
  }

  /** What was pushed, in an array of just that length. */
  toArray(): Float64Array {
    return this.data.slice(0, this.length);
  }
}
