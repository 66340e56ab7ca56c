import { DisjointSets } from '../core/disjoint-sets.ts';
import { longerArray } from '../core/longer-array.ts';
import { NO_CATEGORY } from './categories.ts';

export type Connectivity = 4 | 8;

/** One row's runs of equal class: columns [start, end), provisional label. Valid until the next `addRow`. */
export interface RowRuns {
  count: number;
  start: Int32Array;
  end: Int32Array;
  label: Int32Array;
}

export class TooManyComponents extends Error {}

/**
 * Connected components of the classes of a raster, fed row by row (He, Chao and Suzuki, "A Run-Based Two-Scan Labeling
 * Algorithm", 2008: runs instead of pixels, union-find over their provisional labels). Memory grows with the number of
 * components and one row, never with the raster. Where a row of object numbers is given as well, pixels of one number
 * are one object, connected or not, and others are apart though they touch.
 */
export class RunComponents {
  readonly #connectivity: Connectivity;
  readonly #limit: number;
  readonly #sets = new DisjointSets();
  #category = new Uint8Array(1024);
  #previous: RowRuns;
  #current: RowRuns;
  readonly #labelOfObject = new Map<number, number>();
  readonly #numbered = new Set<number>();

  /** `limit`: most provisional labels; beyond it `addRow` throws TooManyComponents. */
  constructor(width: number, connectivity: Connectivity, limit: number) {
    this.#connectivity = connectivity;
    this.#limit = limit;
    this.#previous = newRuns(width);
    this.#current = newRuns(width);
  }

  get count(): number {
    return this.#sets.count;
  }

  categoryOf(label: number): number {
    return this.#category[label] ?? NO_CATEGORY;
  }

  /** The label that stands for the whole component. */
  rootOf(label: number): number {
    return this.#sets.rootOf(label);
  }

  /** `row`: category index per pixel, values below `firstClass` and NO_CATEGORY are ground between objects. */
  addRow(row: Uint8Array, firstClass: number, objects: Uint32Array | null = null): RowRuns {
    [this.#previous, this.#current] = [this.#current, this.#previous];
    const runs = this.#current;
    runs.count = 0;
    for (let x = 0; x < row.length;) {
      const category = row[x] ?? NO_CATEGORY;
      const object = objects === null ? 0 : (objects[x] ?? 0);
      let end = x + 1;
      while (end < row.length && row[end] === category && (objects === null || objects[end] === object))
        end += 1;
      if (category !== NO_CATEGORY && category >= firstClass) {
        runs.start[runs.count] = x;
        runs.end[runs.count] = end;
        runs.label[runs.count] = object === 0 ? -1 : this.#labelFor(object, category);
        runs.count += 1;
      }
      x = end;
    }
    this.#join(row);
    return runs;
  }

  /** Gives every run without a label the label of what it touches in the row above, or a new one. */
  #join(row: Uint8Array): void {
    const { count, start, end, label } = this.#current;
    const above = this.#previous;
    const reach = this.#connectivity === 8 ? 1 : 0;
    let first = 0;
    for (let i = 0; i < count; i += 1) {
      const category = row[start[i] ?? 0] ?? NO_CATEGORY;
      const from = (start[i] ?? 0) - reach;
      const to = (end[i] ?? 0) + reach;
      while (first < above.count && (above.end[first] ?? 0) <= from) first += 1;
      if (label[i] !== -1) continue;
      for (let k = first; k < above.count && (above.start[k] ?? 0) < to; k += 1) {
        const other = above.label[k] ?? 0;
        if (this.#category[other] !== category || this.#numbered.has(other)) continue;
        label[i] = label[i] === -1 ? this.rootOf(other) : this.#sets.join(label[i] ?? 0, other);
      }
      if (label[i] === -1) label[i] = this.#newLabel(category);
    }
  }

  #labelFor(object: number, category: number): number {
    const key = object * 256 + category;
    let label = this.#labelOfObject.get(key);
    if (label === undefined) {
      label = this.#newLabel(category);
      this.#labelOfObject.set(key, label);
      this.#numbered.add(label);
    }
    return label;
  }

  #newLabel(category: number): number {
    if (this.#sets.count >= this.#limit) throw new TooManyComponents(`more than ${this.#limit} components`);
    const label = this.#sets.add();
    if (label >= this.#category.length) this.#category = longerArray(this.#category);
    this.#category[label] = category;
    return label;
  }
}

const newRuns = (width: number): RowRuns => ({
  count: 0,
  start: new Int32Array(width),
  end: new Int32Array(width),
  label: new Int32Array(width),
});
