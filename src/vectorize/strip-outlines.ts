import { longerArray } from '../core/longer-array.ts';
import { GrowableInt32 } from './growable.ts';
import type { ObjectSums } from './object-sums.ts';
import type { ObjectPolygons } from './object-batch.ts';
import {
  AT_BOTTOM,
  AT_TOP,
  CHAIN_NUMBERS,
  type OpenChains,
  type OpenRing,
  type OpenStrip,
} from './open-strip.ts';
import { ANCHOR, type OutlineStore } from './outline-store.ts';
import { ringArea, splitAtSaddles, type Ring } from './ring.ts';
import type { RowRuns } from './row-runs.ts';
import { simplifyPath, type SimplifyRule } from './simplify-path.ts';
import { sumsByRoot, type StripPixels, type StripScan } from './strip-scan.ts';

/** Gets the objects that lie wholly inside the strip, in the order of their first pixels. */
export type ObjectSink = (sums: ObjectSums, polygons: ObjectPolygons) => void;

/** A stretch of outline, walked from its first point. */
interface Walked {
  readonly points: Int32Array;
  readonly flags: Uint8Array;
  /** What `next` of the last point says. */
  readonly end: number;
}

/**
 * Puts a scanned strip together: outlines of objects inside it become rings and go to `sink`; what touches its first or
 * last row is left open. `simplify` null: outlines stay as the pixels are.
 */
export function collectOutlines(
  scan: StripScan,
  pixels: StripPixels,
  simplify: SimplifyRule | null,
  sink: ObjectSink,
): OpenStrip {
  const walker = new OutlineWalker(scan.store, pixels, simplify);
  const open = openParts(scan);
  const chains = walkChains(scan, walker);
  const rings: OpenRing[] = [];
  const closed = new Map<number, Ring[]>();
  for (const { part: label, walked } of walker.rings()) {
    const part = scan.parts.rootOf(label);
    const number = open.numberOfPart.get(part);
    if (number !== undefined) {
      rings.push({ part: number, points: walked.points, flags: walked.flags });
      continue;
    }
    const own = splitAtSaddles(walked.points, walked.flags).map((points) => ({
      points,
      area: ringArea(points),
    }));
    const known = closed.get(part);
    if (known === undefined) closed.set(part, own);
    else known.push(...own);
  }
  giveClosed(scan, closed, { open: open.groups, sums: open.sums, sink });
  const numbered = ({ part, ...runs }: RowRuns): RowRuns => ({
    ...runs,
    part: Int32Array.from(
      part.subarray(0, runs.count),
      (label) => open.numberOfPart.get(scan.parts.rootOf(label)) ?? -1,
    ),
  });
  return {
    top: numbered(scan.top),
    bottom: numbered(trimmed(scan.bottom)),
    chains,
    rings,
    groupOfPart: open.groupOfPart,
    groups: [...open.groups.keys()].map((group) => open.sums[group] as ObjectSums),
  };
}

const trimmed = ({ count, start, end, value, part }: RowRuns): RowRuns => ({
  count,
  start: start.slice(0, count),
  end: end.slice(0, count),
  value: value.slice(0, count),
  part,
});

interface OpenParts {
  readonly sums: (ObjectSums | null)[];
  /** Root of a group that touches the strip's first or last row -> its number. */
  readonly groups: Map<number, number>;
  /** Root of a part of such a group -> its number. */
  readonly numberOfPart: Map<number, number>;
  readonly groupOfPart: Int32Array;
}

function openParts(scan: StripScan): OpenParts {
  const groups = new Map<number, number>();
  for (const runs of [scan.top, scan.bottom]) {
    for (let k = 0; k < runs.count; k += 1) {
      const root = scan.groups.rootOf(runs.part[k] as number);
      if (!groups.has(root)) groups.set(root, groups.size);
    }
  }
  const numberOfPart = new Map<number, number>();
  const groupOfPart = new GrowableInt32(64);
  for (let label = 0; groups.size > 0 && label < scan.parts.count; label += 1) {
    if (scan.parts.rootOf(label) !== label) continue;
    const group = groups.get(scan.groups.rootOf(label));
    if (group === undefined) continue;
    numberOfPart.set(label, numberOfPart.size);
    groupOfPart.push(group);
  }
  return {
    sums: sumsByRoot(scan.sums, scan.groups),
    groups,
    numberOfPart,
    groupOfPart: groupOfPart.data.slice(0, groupOfPart.length),
  };
}

function giveClosed(
  scan: StripScan,
  rings: Map<number, Ring[]>,
  { open, sums, sink }: { open: Map<number, number>; sums: (ObjectSums | null)[]; sink: ObjectSink },
): void {
  const together = scan.groups !== scan.parts;
  const polygonsOf = new Map<number, Ring[][]>();
  if (together) {
    for (const [part, own] of [...rings].sort(([a], [b]) => a - b)) {
      const group = scan.groups.rootOf(part);
      const known = polygonsOf.get(group);
      if (known === undefined) polygonsOf.set(group, [outerFirst(own)]);
      else known.push(outerFirst(own));
    }
  }
  for (let group = 0; group < sums.length; group += 1) {
    const own = sums[group];
    if (own === null || own === undefined || open.has(group)) continue;
    sink(own, together ? (polygonsOf.get(group) ?? []) : [outerFirst(rings.get(group) ?? [])]);
  }
}

/** A part has one outer ring; the others are its holes. */
export function outerFirst(rings: Ring[]): Ring[] {
  const outer = rings.findIndex(({ area }) => area > 0);
  const first = rings[outer];
  if (first === undefined) throw new RangeError('a part without an outer ring');
  return outer === 0 ? rings : [first, ...rings.filter((_, i) => i !== outer)];
}

/** End codes of chains: up the right edge of a top run, down the left edge of a bottom run. */
const topEnd = (run: number): number => -2 - 2 * run;
const bottomEnd = (run: number): number => -3 - 2 * run;

function walkChains(
  { store, top, topEnds, bottom, bottomEnds }: StripScan,
  walker: OutlineWalker,
): OpenChains {
  for (let k = 0; k < top.count; k += 1) store.next[topEnds.right[k] as number] = topEnd(k);
  for (let k = 0; k < bottom.count; k += 1) store.next[bottomEnds.left[k] as number] = bottomEnd(k);
  const chains: Walked[] = [];
  const ends = new GrowableInt32(CHAIN_NUMBERS * (top.count + bottom.count));
  const add = (fromSide: 0 | 1, fromRun: number, walked: Walked) => {
    const code = -walked.end - 2;
    if (code < 0) throw new RangeError(`an outline of the strip ends nowhere (${walked.end})`);
    const toSide = code % 2 === 0 ? AT_TOP : AT_BOTTOM;
    for (const value of [fromSide, fromRun, toSide, code >> 1, walked.flags.length]) ends.push(value);
    chains.push(walked);
  };
  for (let k = 0; k < top.count; k += 1) add(AT_TOP, k, walker.chain(topEnds.left[k] as number, null));
  for (let k = 0; k < bottom.count; k += 1)
    add(AT_BOTTOM, k, walker.chain(bottomEnds.right[k] as number, bottom.end[k] as number));
  const count = chains.reduce((sum, { flags }) => sum + flags.length, 0);
  const [points, flags] = [new Int32Array(2 * count), new Uint8Array(count)];
  let filled = 0;
  for (const chain of chains) {
    points.set(chain.points, 2 * filled);
    flags.set(chain.flags, filled);
    filled += chain.flags.length;
  }
  return { ends: ends.data.slice(0, ends.length), points, flags };
}

/** Reads stretches of outline out of the store, each once, simplified where asked. */
class OutlineWalker {
  readonly #store: OutlineStore;
  readonly #pixels: StripPixels;
  readonly #simplify: SimplifyRule | null;
  readonly #seen: Uint8Array;
  #xs = new Int32Array(1024);
  #ys = new Int32Array(1024);
  #flags = new Uint8Array(1024);
  #count = 0;

  constructor(store: OutlineStore, pixels: StripPixels, simplify: SimplifyRule | null) {
    this.#store = store;
    this.#pixels = pixels;
    this.#simplify = simplify;
    this.#seen = new Uint8Array(store.count);
  }

  /**
   * From an open start to an open end. Where outlines are simplified, the points where it crosses the strip's first and
   * last line belong to it, and stay. `startX`: the column where it comes in from below.
   */
  chain(start: number, startX: number | null): Walked {
    const { strip } = this.#pixels;
    const { x, y, next, flag } = this.#store;
    this.#count = 0;
    const bottom = strip.y + strip.rows;
    if (startX !== null && this.#simplify !== null) this.#push(startX, bottom, ANCHOR);
    let at = start;
    let last = start;
    while (at >= 0) {
      this.#seen[at] = 1;
      // Points on the first line only hold chains together.
      if (y[at] !== strip.y || this.#simplify !== null)
        this.#push(x[at] as number, y[at] as number, flag[at] as number);
      last = at;
      at = next[at] as number;
    }
    if (this.#simplify !== null && -at % 2 !== 0) this.#push(x[last] as number, bottom, ANCHOR);
    return { ...this.#take(false), end: at };
  }

  /** Every ring that is in no chain, with the label of its part. */
  *rings(): Generator<{ part: number; walked: Walked }> {
    const { x, y, next, flag, part, count } = this.#store;
    for (let start = 0; start < count; start += 1) {
      if (this.#seen[start] === 1) continue;
      this.#count = 0;
      for (let at = start; this.#seen[at] === 0; at = next[at] as number) {
        this.#seen[at] = 1;
        this.#push(x[at] as number, y[at] as number, flag[at] as number);
      }
      yield { part: part[start] as number, walked: { ...this.#take(true), end: start } };
    }
  }

  #push(x: number, y: number, flag: number): void {
    if (this.#count === this.#xs.length) this.#grow();
    this.#xs[this.#count] = x;
    this.#ys[this.#count] = y;
    this.#flags[this.#count] = flag;
    this.#count += 1;
  }

  #grow(): void {
    this.#xs = longerArray(this.#xs);
    this.#ys = longerArray(this.#ys);
    this.#flags = longerArray(this.#flags);
  }

  /** What was pushed, or what simplification leaves of it. */
  #take(closed: boolean): { points: Int32Array; flags: Uint8Array } {
    const count = this.#count;
    if (this.#simplify === null || count < 3) {
      const points = new Int32Array(2 * count);
      for (let i = 0; i < count; i += 1) {
        points[2 * i] = this.#xs[i] as number;
        points[2 * i + 1] = this.#ys[i] as number;
      }
      return { points, flags: this.#flags.slice(0, count) };
    }
    const { classes, width, strip } = this.#pixels;
    const kept = simplifyPath(
      { xs: this.#xs, ys: this.#ys, flags: this.#flags, count, closed },
      this.#simplify,
      { pixels: classes, width, rows: strip.rows, y: strip.y },
    );
    const points = new Int32Array(2 * kept.length);
    kept.forEach((i, to) => {
      points[2 * to] = this.#xs[i] as number;
      points[2 * to + 1] = this.#ys[i] as number;
    });
    return { points, flags: Uint8Array.from(kept, (i) => this.#flags[i] as number) };
  }
}
