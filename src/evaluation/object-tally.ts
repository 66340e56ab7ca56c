import { longerArray } from '../core/longer-array.ts';
import { NO_CATEGORY } from './categories.ts';
import { RunComponents, TooManyComponents, type Connectivity, type RowRuns } from './run-components.ts';

/** One object of a map or of the labels; pixels and grid coordinates. */
export interface RasterObject {
  readonly category: number;
  readonly pixels: number;
  /** Pixels that can be judged: labelled, for a mapped object; mapped, for a labelled one. */
  readonly judged: number;
  readonly centroidX: number;
  readonly centroidY: number;
}

/** Pixels that a mapped and a labelled object of the same class share; indexes into the two lists. */
export interface Overlap {
  readonly mapped: number;
  readonly labelled: number;
  readonly pixels: number;
}

export interface ObjectOverlaps {
  readonly mapped: readonly RasterObject[];
  readonly labelled: readonly RasterObject[];
  readonly overlaps: readonly Overlap[];
}

const FIELDS = 4;
const PAIR = 2 ** 26;

/** Sums over the runs of each provisional label: pixels, judged pixels, x and y of pixel centres. */
class LabelSums {
  #sums = new Float64Array(1024 * FIELDS);

  add(label: number, run: { start: number; end: number; judged: number; y: number }): void {
    const at = label * FIELDS;
    if (at >= this.#sums.length) this.#grow(at);
    const sums = this.#sums;
    const pixels = run.end - run.start;
    sums[at] = (sums[at] ?? 0) + pixels;
    sums[at + 1] = (sums[at + 1] ?? 0) + run.judged;
    sums[at + 2] = (sums[at + 2] ?? 0) + (pixels * (run.start + run.end)) / 2;
    sums[at + 3] = (sums[at + 3] ?? 0) + pixels * (run.y + 0.5);
  }

  #grow(needed: number): void {
    this.#sums = longerArray(this.#sums, Math.max(this.#sums.length * 2, needed + FIELDS));
  }

  /** Objects of whole components, and the object's index of every provisional label. */
  collect(components: RunComponents): { objects: RasterObject[]; objectOf: Int32Array } {
    const objectOf = new Int32Array(components.count).fill(-1);
    const totals: number[] = [];
    const categories: number[] = [];
    for (let label = 0; label < components.count; label += 1) {
      const root = components.rootOf(label);
      if (objectOf[root] === -1) {
        objectOf[root] = categories.length;
        categories.push(components.categoryOf(root));
        totals.push(0, 0, 0, 0);
      }
      const object = objectOf[root] ?? 0;
      objectOf[label] = object;
      for (let f = 0; f < FIELDS; f += 1) {
        totals[object * FIELDS + f] =
          (totals[object * FIELDS + f] ?? 0) + (this.#sums[label * FIELDS + f] ?? 0);
      }
    }
    const objects = categories.map((category, i) => {
      const [pixels = 0, judged = 0, sumX = 0, sumY = 0] = totals.slice(i * FIELDS, (i + 1) * FIELDS);
      return { category, pixels, judged, centroidX: sumX / pixels, centroidY: sumY / pixels };
    });
    return { objects, objectOf };
  }
}

/**
 * Collects the objects of a class map and of its labels, and how they overlap, from rows of category indexes fed in
 * order. Memory grows with the number of objects. `addRow` throws TooManyComponents beyond `limit`.
 */
export class ObjectTally {
  readonly #firstClass: number;
  readonly #limit: number;
  readonly #mapped: RunComponents;
  readonly #labelled: RunComponents;
  readonly #mappedSums = new LabelSums();
  readonly #labelledSums = new LabelSums();
  readonly #overlaps = new Map<number, number>();

  constructor(rule: { width: number; firstClass: number; connectivity: Connectivity; limit: number }) {
    this.#firstClass = rule.firstClass;
    this.#limit = rule.limit;
    this.#mapped = new RunComponents(rule.width, rule.connectivity, rule.limit);
    this.#labelled = new RunComponents(rule.width, rule.connectivity, rule.limit);
  }

  /** `objects`: number of the label object of each pixel (0: none known), where labels come as separate objects. */
  addRow(y: number, map: Uint8Array, labels: Uint8Array, objects: Uint32Array | null = null): void {
    const mapped = this.#mapped.addRow(map, this.#firstClass);
    const labelled = this.#labelled.addRow(labels, this.#firstClass, objects);
    addRuns(this.#mappedSums, mapped, labels, y);
    addRuns(this.#labelledSums, labelled, map, y);
    this.#addOverlaps(mapped, labelled);
    if (this.#overlaps.size > 4 * this.#limit)
      throw new TooManyComponents(`more than ${4 * this.#limit} overlaps`);
  }

  #addOverlaps(mapped: RowRuns, labelled: RowRuns): void {
    let l = 0;
    for (let m = 0; m < mapped.count; m += 1) {
      const [start, end, label] = runAt(mapped, m);
      while (l < labelled.count && (labelled.end[l] ?? 0) <= start) l += 1;
      for (let k = l; k < labelled.count && (labelled.start[k] ?? 0) < end; k += 1) {
        const [otherStart, otherEnd, other] = runAt(labelled, k);
        if (this.#mapped.categoryOf(label) !== this.#labelled.categoryOf(other)) continue;
        const key = label * PAIR + other;
        this.#overlaps.set(
          key,
          (this.#overlaps.get(key) ?? 0) + Math.min(end, otherEnd) - Math.max(start, otherStart),
        );
      }
    }
  }

  finish(): ObjectOverlaps {
    const mapped = this.#mappedSums.collect(this.#mapped);
    const labelled = this.#labelledSums.collect(this.#labelled);
    const merged = new Map<number, number>();
    for (const [key, pixels] of this.#overlaps) {
      const m = mapped.objectOf[Math.floor(key / PAIR)] ?? 0;
      const l = labelled.objectOf[key % PAIR] ?? 0;
      merged.set(m * PAIR + l, (merged.get(m * PAIR + l) ?? 0) + pixels);
    }
    const overlaps = [...merged].map(([key, pixels]) => ({
      mapped: Math.floor(key / PAIR),
      labelled: key % PAIR,
      pixels,
    }));
    return { mapped: mapped.objects, labelled: labelled.objects, overlaps };
  }
}

const runAt = (runs: RowRuns, i: number): [start: number, end: number, label: number] => [
  runs.start[i] ?? 0,
  runs.end[i] ?? 0,
  runs.label[i] ?? 0,
];

function addRuns(sums: LabelSums, runs: RowRuns, judge: Uint8Array, y: number): void {
  for (let i = 0; i < runs.count; i += 1) {
    const [start, end, label] = runAt(runs, i);
    let judged = 0;
    for (let x = start; x < end; x += 1) if (judge[x] !== NO_CATEGORY) judged += 1;
    sums.add(label, { start, end, judged, y });
  }
}
