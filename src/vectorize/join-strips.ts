import { linkRows, FROM_ABOVE_LEFT, TO_ABOVE_RIGHT, type RowLinker, type Turn } from './link-rows.ts';
import { addSums, type ObjectSums } from './object-sums.ts';
import { AT_BOTTOM, AT_TOP, CHAIN_NUMBERS, type OpenStrip } from './open-strip.ts';
import { SADDLE } from './outline-store.ts';
import { ringArea, splitAtSaddles, withoutRepeats, type Ring } from './ring.ts';
import type { RowRuns } from './row-runs.ts';
import type { Connectivity } from './strip-scan.ts';
import { outerFirst, type ObjectSink } from './strip-outlines.ts';

/** Things that are joined one by one; what nothing refers to any more is freed, unlike numbered sets. */
interface Joined {
  up: this | null;
}

interface OpenGroup extends Joined {
  sums: ObjectSums;
  /** The parts that were ever joined to it; they may be one part by now. */
  parts: OpenPart[];
}

interface OpenPart extends Joined {
  group: OpenGroup;
  rings: Ring[];
}

/** Chains that belong to one outline, as far as is known. */
interface OpenOutline extends Joined {
  part: OpenPart;
}

/** A stretch of outline, and the stretch after it. */
interface Piece {
  readonly points: Int32Array;
  readonly flags: Uint8Array;
  readonly outline: OpenOutline;
  next: Piece | null;
}

/** A border row's runs with their parts, and the pieces at whose ends (left) and starts (right) their edges hang. */
interface Border {
  readonly runs: RowRuns;
  readonly parts: readonly OpenPart[];
  readonly left: (Piece | undefined)[];
  readonly right: (Piece | undefined)[];
}

const NO_RUNS: RowRuns = {
  count: 0,
  start: new Int32Array(0),
  end: new Int32Array(0),
  value: new Uint8Array(0),
  part: new Int32Array(0),
};

/**
 * Joins strips from top to bottom: labels by union over the runs of the rows that meet, outlines end to end across the
 * grid line between them. An object goes to `sink` as soon as no run of it is at the lower border, in the order of first
 * pixels among those that end together. Memory: what is open, and no more.
 */
export class StripJoiner {
  readonly #connectivity: Connectivity;
  readonly #sink: ObjectSink;
  #border: Border = { runs: NO_RUNS, parts: [], left: [], right: [] };
  #open = new Set<OpenGroup>();

  constructor(connectivity: Connectivity, sink: ObjectSink) {
    this.#connectivity = connectivity;
    this.#sink = sink;
  }

  /** `y`: the strip's first row. Strips come in order, without gaps. */
  add(strip: OpenStrip, y: number): void {
    const { top, bottom } = openStrip(strip);
    this.#join(top, y);
    this.#border = bottom;
    this.#close(top.parts, bottom);
  }

  /** Closes what is open at the raster's last row; `height`: its rows. */
  finish(height: number): void {
    const none: Border = { runs: NO_RUNS, parts: [], left: [], right: [] };
    this.#join(none, height);
    this.#border = none;
    this.#close([], none);
  }

  #join(top: Border, y: number): void {
    const line = new BorderLine(this.#border, top, { y, corners: this.#connectivity === 8 });
    linkRows(this.#border.runs, top.runs, line);
  }

  /** Gives away what has no run at the new lower border. */
  #close(parts: readonly OpenPart[], bottom: Border): void {
    const before = new Set([...this.#open].map((group) => rootOf(group)));
    for (const part of parts) before.add(rootOf(rootOf(part).group));
    this.#open = new Set(bottom.parts.map((part) => rootOf(rootOf(part).group)));
    const done = [...before].filter((group) => !this.#open.has(group));
    done.sort(({ sums: a }, { sums: b }) => a.firstY - b.firstY || a.firstX - b.firstX);
    for (const group of done) {
      const parts = new Set(group.parts.map((part) => rootOf(part)));
      this.#sink(
        group.sums,
        [...parts].map(({ rings }) => outerFirst(rings)),
      );
    }
    for (const group of this.#open) group.parts = [...new Set(group.parts.map((part) => rootOf(part)))];
  }
}

/** A chain's numbers, see `OpenChains`. */
type Ends = readonly [fromSide: number, fromRun: number, toSide: number, toRun: number, count: number];

/** Pieces, parts and groups of a strip as objects of their own. */
function openStrip(strip: OpenStrip): { top: Border; bottom: Border } {
  const groups = strip.groups.map((sums): OpenGroup => ({ up: null, sums, parts: [] }));
  const parts = Array.from(strip.groupOfPart, (number): OpenPart => {
    const group = groups[number] as OpenGroup;
    const part: OpenPart = { up: null, group, rings: [] };
    group.parts.push(part);
    return part;
  });
  for (const { part, points, flags } of strip.rings) addRings(parts[part] as OpenPart, points, flags);
  const border = (runs: RowRuns): Border => ({
    runs,
    parts: Array.from(runs.part, (number) => parts[number] as OpenPart),
    left: [],
    right: [],
  });
  const [top, bottom] = [border(strip.top), border(strip.bottom)];
  const { ends, points, flags } = strip.chains;
  let filled = 0;
  for (let at = 0; at < ends.length; at += CHAIN_NUMBERS) {
    const [fromSide, fromRun, toSide, toRun, count] = ends.subarray(
      at,
      at + CHAIN_NUMBERS,
    ) as unknown as Ends;
    const [from, to] = [fromSide === AT_TOP ? top : bottom, toSide === AT_BOTTOM ? bottom : top];
    const outline: OpenOutline = { up: null, part: from.parts[fromRun] as OpenPart };
    const piece: Piece = {
      points: points.slice(2 * filled, 2 * (filled + count)),
      flags: flags.slice(filled, filled + count),
      outline,
      next: null,
    };
    filled += count;
    // At the top a left edge begins a chain and a right edge ends it; at the bottom the other way round.
    (fromSide === AT_TOP ? from.left : from.right)[fromRun] = piece;
    (toSide === AT_BOTTOM ? to.left : to.right)[toRun] = piece;
  }
  return { top, bottom };
}

/** The line between two strips: `above` is the upper one's last row, `below` the lower one's first. */
class BorderLine implements RowLinker {
  readonly #above: Border;
  readonly #below: Border;
  readonly #y: number;
  readonly #corners: boolean;

  constructor(above: Border, below: Border, { y, corners }: { y: number; corners: boolean }) {
    this.#above = above;
    this.#below = below;
    this.#y = y;
    this.#corners = corners;
  }

  touch(above: number, below: number): void {
    joinParts(this.#above.parts[above] as OpenPart, this.#below.parts[below] as OpenPart);
  }

  meetAtCorner(above: number, below: number): void {
    if (!this.#corners) return;
    joinGroups(this.#above.parts[above] as OpenPart, this.#below.parts[below] as OpenPart);
  }

  straightLeft(above: number, below: number): void {
    joinPieces(this.#above.left[above], this.#below.left[below]);
  }

  straightRight(above: number, below: number): void {
    joinPieces(this.#below.right[below], this.#above.right[above]);
  }

  turn({ from, fromRun, fromX, fromSaddle, to, toRun, toX, toSaddle }: Turn): void {
    const before = from === FROM_ABOVE_LEFT ? this.#above.left[fromRun] : this.#below.right[fromRun];
    const after = to === TO_ABOVE_RIGHT ? this.#above.right[toRun] : this.#below.left[toRun];
    if (before === undefined || after === undefined) throw new RangeError('an outline that ends nowhere');
    const corner: Piece = {
      points: Int32Array.of(fromX, this.#y, toX, this.#y),
      flags: Uint8Array.of(fromSaddle ? SADDLE : 0, toSaddle ? SADDLE : 0),
      outline: before.outline,
      next: null,
    };
    before.next = corner;
    joinPieces(corner, after);
  }
}

function joinPieces(before: Piece | undefined, after: Piece | undefined): void {
  if (before === undefined || after === undefined) throw new RangeError('an outline that ends nowhere');
  before.next = after;
  const [a, b] = [rootOf(before.outline), rootOf(after.outline)];
  if (a === b) closeRing(after, a);
  else b.up = a;
}

/** The outline has come round: its pieces become a ring of its part. */
function closeRing(start: Piece, outline: OpenOutline): void {
  const pieces: Piece[] = [start];
  for (let at = start.next; at !== start && at !== null; at = at.next) pieces.push(at);
  const length = pieces.reduce((sum, { flags }) => sum + flags.length, 0);
  const points = new Int32Array(2 * length);
  const flags = new Uint8Array(length);
  let filled = 0;
  for (const piece of pieces) {
    points.set(piece.points, 2 * filled);
    flags.set(piece.flags, filled);
    filled += piece.flags.length;
  }
  addRings(rootOf(outline.part), points, flags);
}

function addRings(part: OpenPart, points: Int32Array, flags: Uint8Array): void {
  const clean = withoutRepeats(points, flags);
  for (const ring of splitAtSaddles(clean.points, clean.flags))
    part.rings.push({ points: ring, area: ringArea(ring) });
}

function joinParts(a: OpenPart, b: OpenPart): void {
  const [into, from] = [rootOf(a), rootOf(b)];
  if (into === from) return;
  joinGroups(into, from);
  const [large, small] = into.rings.length >= from.rings.length ? [into, from] : [from, into];
  for (const ring of small.rings) large.rings.push(ring);
  small.rings = [];
  small.up = large;
}

function joinGroups(a: OpenPart, b: OpenPart): void {
  const [into, from] = [rootOf(rootOf(a).group), rootOf(rootOf(b).group)];
  if (into === from) return;
  addSums(into.sums, from.sums);
  const [large, small] = into.parts.length >= from.parts.length ? [into, from] : [from, into];
  for (const part of small.parts) large.parts.push(part);
  small.parts = [];
  large.sums = into.sums;
  small.up = large;
}

/** What stands for a joined thing, by way of the things it was joined to (path halving). */
function rootOf<T extends { up: T | null }>(thing: T): T {
  let at = thing;
  while (at.up !== null) {
    if (at.up.up !== null) at.up = at.up.up;
    at = at.up;
  }
  return at;
}
