import { DisjointSets } from '../core/disjoint-sets.ts';
import { linkRows, FROM_ABOVE_LEFT, TO_ABOVE_RIGHT, type RowLinker, type Turn } from './link-rows.ts';
import { addBucket, addSums, emptySums, runHashA, runHashB, type ObjectSums } from './object-sums.ts';
import { ANCHOR, OutlineStore, SADDLE } from './outline-store.ts';
import type { RowStrip } from './plan-strips.ts';
import { findRuns, newRowRuns, type RowRuns } from './row-runs.ts';
import type { SeamZone } from './seam-zone.ts';

export type Connectivity = 4 | 8;

/** One strip of a class raster, with what is known of its pixels; all (rows, width), uint8. */
export interface StripPixels {
  readonly strip: RowStrip;
  readonly width: number;
  readonly classes: Uint8Array;
  readonly confidence: Uint8Array | null;
  readonly buckets: Uint8Array | null;
}

export interface ScanRule {
  /** [value]: 1 where pixels of that value are objects. */
  readonly wanted: Uint8Array;
  readonly connectivity: Connectivity;
  readonly seams: SeamZone | null;
  /** Marks points that simplification may not move. */
  readonly anchors: boolean;
}

/** A run's open ends: the point at the bottom of its left edge, and of its right edge. */
export interface RunEnds {
  readonly left: Int32Array;
  readonly right: Int32Array;
}

/** A strip's runs and outlines, not yet put together. Labels are provisional: ask `parts` and `groups` for roots. */
export interface StripScan {
  readonly store: OutlineStore;
  readonly parts: DisjointSets;
  /** As `parts` where objects are 4-connected; else parts that share corners are one group. */
  readonly groups: DisjointSets;
  readonly sums: readonly ObjectSums[];
  readonly top: RowRuns;
  readonly topEnds: RunEnds;
  readonly bottom: RowRuns;
  readonly bottomEnds: RunEnds;
}

/**
 * Goes through a strip row by row: finds runs of equal value, labels connected parts by union-find over runs (He, Chao and
 * Suzuki, 2008), adds up what belongs to each part, and links outlines across each grid line. Where outlines leave the
 * strip they end open. Memory: about 40 bytes a point of outline, 100 a part.
 */
export function scanStrip(pixels: StripPixels, rule: ScanRule): StripScan {
  return new Scanner(pixels, rule).run();
}

class Scanner implements RowLinker {
  readonly #pixels: StripPixels;
  readonly #rule: ScanRule;
  readonly #store = new OutlineStore();
  readonly #parts = new DisjointSets();
  readonly #groups: DisjointSets;
  readonly #sums: ObjectSums[] = [];
  #above: RowRuns;
  #below: RowRuns;
  #aboveEnds: RunEnds;
  #belowEnds: RunEnds;
  /** Row of the strip below the grid line that is being linked. */
  #row = 0;

  constructor(pixels: StripPixels, rule: ScanRule) {
    this.#pixels = pixels;
    this.#rule = rule;
    this.#groups = rule.connectivity === 8 ? new DisjointSets() : this.#parts;
    [this.#above, this.#below] = [newRowRuns(pixels.width), newRowRuns(pixels.width)];
    const ends = () => ({ left: new Int32Array(pixels.width), right: new Int32Array(pixels.width) });
    [this.#aboveEnds, this.#belowEnds] = [ends(), ends()];
  }

  run(): StripScan {
    const { strip } = this.#pixels;
    this.#find(0);
    for (let k = 0; k < this.#below.count; k += 1) this.#label(k, -1);
    this.#openAtTop();
    const top = copyRuns(this.#below);
    const topEnds = copyEnds(this.#belowEnds, this.#below.count);
    this.#count();
    for (let row = 1; row < strip.rows; row += 1) {
      [this.#above, this.#below] = [this.#below, this.#above];
      [this.#aboveEnds, this.#belowEnds] = [this.#belowEnds, this.#aboveEnds];
      this.#find(row);
      if (this.#below.count === 0 && this.#above.count === 0) continue;
      this.#labelBelow();
      linkRows(this.#above, this.#below, this);
      this.#count();
    }
    return {
      store: this.#store,
      parts: this.#parts,
      groups: this.#groups,
      sums: this.#sums,
      top,
      topEnds,
      bottom: this.#below,
      bottomEnds: this.#belowEnds,
    };
  }

  #find(row: number): void {
    this.#row = row;
    findRuns(
      this.#pixels.classes,
      [row * this.#pixels.width, this.#pixels.width],
      this.#rule.wanted,
      this.#below,
    );
  }

  /** Labels before outlines: points need the labels of runs below. */
  #labelBelow(): void {
    const { start, end, value, count } = this.#below;
    const above = this.#above;
    let first = 0;
    for (let k = 0; k < count; k += 1) {
      const left = start[k] as number;
      const right = end[k] as number;
      while (first < above.count && (above.end[first] as number) <= left) first += 1;
      let label = -1;
      for (let i = first; i < above.count && (above.start[i] as number) < right; i += 1) {
        if (above.value[i] !== value[k]) continue;
        const other = above.part[i] as number;
        if (label !== -1 && this.#groups !== this.#parts) this.#groups.join(label, other);
        label = label === -1 ? this.#parts.rootOf(other) : this.#parts.join(label, other);
      }
      this.#label(k, label);
    }
  }

  #label(k: number, known: number): void {
    let label = known;
    if (label === -1) {
      label = this.#parts.add();
      if (this.#groups !== this.#parts) this.#groups.add();
      this.#sums.push(emptySums(this.#below.value[k] as number));
    }
    this.#below.part[k] = label;
  }

  /** Adds the pixels of the row's runs to their parts. */
  #count(): void {
    const { strip, width, confidence, buckets } = this.#pixels;
    const { seams } = this.#rule;
    const base = this.#row * width;
    const y = strip.y + this.#row;
    const wholeRow = seams !== null && seams.rows[this.#row] === 1;
    const { start, end, part, count } = this.#below;
    for (let k = 0; k < count; k += 1) {
      const from = start[k] as number;
      const to = end[k] as number;
      const sums = this.#sums[part[k] as number] as ObjectSums;
      if (sums.pixels === 0) [sums.firstX, sums.firstY] = [from, y];
      if (buckets === null) sums.pixels += to - from;
      else countBuckets(sums, buckets, [base + from, base + to]);
      sums.hashA = (sums.hashA + runHashA(y, from, to)) | 0;
      sums.hashB = (sums.hashB + runHashB(y, from, to)) | 0;
      if (confidence !== null) {
        let sum = 0;
        for (let at = base + from; at < base + to; at += 1) sum += confidence[at] as number;
        sums.confidence += sum;
      }
      if (seams === null) continue;
      const { columnSums } = seams;
      sums.seam += wholeRow ? to - from : (columnSums[to] as number) - (columnSums[from] as number);
    }
  }

  /** Outlines that come from, or go to, the strip above: a point for each, to hang them on. */
  #openAtTop(): void {
    const { count, start, end, part } = this.#below;
    const { y } = this.#pixels.strip;
    for (let k = 0; k < count; k += 1) {
      this.#belowEnds.left[k] = this.#store.add(start[k] as number, y, part[k] as number, ANCHOR);
      this.#belowEnds.right[k] = this.#store.add(end[k] as number, y, part[k] as number, ANCHOR);
    }
  }

  touch(): void {}

  meetAtCorner(above: number, below: number): void {
    if (this.#groups !== this.#parts)
      this.#groups.join(this.#above.part[above] as number, this.#below.part[below] as number);
  }

  straightLeft(above: number, below: number): void {
    const x = this.#below.start[below] as number;
    let end = this.#aboveEnds.left[above] as number;
    if (this.#rule.anchors && this.#differs(x - 1)) {
      const point = this.#store.add(x, this.#y(), this.#below.part[below] as number, ANCHOR);
      this.#store.next[end] = point;
      end = point;
    }
    this.#belowEnds.left[below] = end;
  }

  straightRight(above: number, below: number): void {
    const x = this.#below.end[below] as number;
    let start = this.#aboveEnds.right[above] as number;
    if (this.#rule.anchors && this.#differs(x)) {
      const point = this.#store.add(x, this.#y(), this.#below.part[below] as number, ANCHOR);
      this.#store.next[point] = start;
      start = point;
    }
    this.#belowEnds.right[below] = start;
  }

  turn({ from, fromRun, fromX, fromSaddle, to, toRun, toX, toSaddle }: Turn): void {
    const store = this.#store;
    const part =
      from === FROM_ABOVE_LEFT
        ? (this.#above.part[fromRun] as number)
        : (this.#below.part[fromRun] as number);
    const y = this.#y();
    const first = store.add(fromX, y, part, (fromSaddle ? SADDLE : 0) | this.#anchorAt(fromX));
    let last = first;
    if (this.#rule.anchors) {
      const step = Math.sign(toX - fromX);
      for (let x = fromX + step; x !== toX; x += step) {
        if (this.#anchorAt(x) === 0) continue;
        const point = store.add(x, y, part, ANCHOR);
        store.next[last] = point;
        last = point;
      }
    }
    const end = store.add(toX, y, part, (toSaddle ? SADDLE : 0) | this.#anchorAt(toX));
    store.next[last] = end;
    if (from === FROM_ABOVE_LEFT) store.next[this.#aboveEnds.left[fromRun] as number] = first;
    else this.#belowEnds.right[fromRun] = first;
    if (to === TO_ABOVE_RIGHT) store.next[end] = this.#aboveEnds.right[toRun] as number;
    else this.#belowEnds.left[toRun] = end;
  }

  #y(): number {
    return this.#pixels.strip.y + this.#row;
  }

  /** Whether the pixels above and below the grid line differ in column x; outside the raster they do not. */
  #differs(x: number): boolean {
    const { width, classes } = this.#pixels;
    if (x < 0 || x >= width) return false;
    const at = this.#row * width + x;
    return classes[at] !== classes[at - width];
  }

  /** ANCHOR where three or more edges of areas meet at column line x of the grid line. */
  #anchorAt(x: number): number {
    if (!this.#rule.anchors) return 0;
    const { width, classes } = this.#pixels;
    const at = this.#row * width + x;
    const inner = x > 0 && x < width;
    const up = !inner || classes[at - width - 1] !== classes[at - width];
    const down = !inner || classes[at - 1] !== classes[at];
    const edges = (up ? 1 : 0) + (down ? 1 : 0) + (this.#differs(x - 1) ? 1 : 0) + (this.#differs(x) ? 1 : 0);
    return edges > 2 ? ANCHOR : 0;
  }
}

function countBuckets(sums: ObjectSums, buckets: Uint8Array, [from, to]: readonly [number, number]): void {
  for (let at = from; at < to;) {
    const here = buckets[at] as number;
    let next = at + 1;
    while (next < to && buckets[next] === here) next += 1;
    addBucket(sums, here, next - at);
    sums.pixels += next - at;
    at = next;
  }
}

/** Adds up the sums of provisional labels by the label that stands for them; null at the others. */
export function sumsByRoot(sums: readonly ObjectSums[], sets: DisjointSets): (ObjectSums | null)[] {
  const total: (ObjectSums | null)[] = sums.map((one, label) => (sets.rootOf(label) === label ? one : null));
  sums.forEach((one, label) => {
    const root = sets.rootOf(label);
    const into = total[root];
    if (root !== label && into !== null && into !== undefined) addSums(into, one);
  });
  return total;
}

const copyRuns = ({ count, start, end, value, part }: RowRuns): RowRuns => ({
  count,
  start: start.slice(0, count),
  end: end.slice(0, count),
  value: value.slice(0, count),
  part: part.slice(0, count),
});

const copyEnds = ({ left, right }: RunEnds, count: number): RunEnds => ({
  left: left.slice(0, count),
  right: right.slice(0, count),
});
