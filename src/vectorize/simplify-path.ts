import { ANCHOR } from './outline-store.ts';
import { sweepsNothing, type CornerGrid } from './swept-area.ts';

/** A stretch of outline inside one strip: an open chain, whose ends stay, or a whole ring. */
export interface OutlinePath {
  readonly xs: Int32Array;
  readonly ys: Int32Array;
  readonly flags: Uint8Array;
  readonly count: number;
  readonly closed: boolean;
}

export interface SimplifyRule {
  /** How far the outline may move, in metres; and metres along a pixel's column and row step. */
  readonly toleranceMetres: number;
  readonly columnMetres: number;
  readonly rowMetres: number;
}

/**
 * The numbers of the points that stay (Douglas and Peucker, 1973). The path is cut into arcs where areas meet, and each
 * arc is simplified on its own, the same whichever neighbour asks: so shared borders stay shared. An arc that bends
 * keeps at least one point between its ends, a ring three points, and no stretch is straightened that would change
 * sides with another outline: so nothing collapses, crosses or touches that did not before.
 */
export function simplifyPath(path: OutlinePath, rule: SimplifyRule, grid: CornerGrid): number[] {
  const arcs = path.closed ? arcsOfRing(path) : arcsOfChain(path);
  const kept: number[] = [];
  for (const [from, to] of arcs) simplifyArc(path, { from, to, rule, grid }, kept);
  if (!path.closed) kept.push(path.count - 1);
  return kept;
}

/** The points that stay, from `from` on, without `to`; in the path's order, whichever way the arc was looked at. */
function simplifyArc(
  path: OutlinePath,
  arc: { from: number; to: number; rule: SimplifyRule; grid: CornerGrid },
  kept: number[],
): void {
  const length = arc.to - arc.from + 1;
  const xs = new Int32Array(length);
  const ys = new Int32Array(length);
  for (let i = 0; i < length; i += 1) {
    const at = (arc.from + i) % path.count;
    xs[i] = path.xs[at] as number;
    ys[i] = path.ys[at] as number;
  }
  const stays = new Uint8Array(length);
  stays[0] = 1;
  const last = length - 1;
  const todo: [number, number, boolean][] = [];
  if (xs[0] === xs[last] && ys[0] === ys[last]) {
    const far = farthestPoint(xs, ys, arc.rule);
    const second = farthest({ xs, ys, from: 0, to: last }, far, arc.rule);
    const [one, two] = [Math.min(far, second), Math.max(far, second)];
    stays[one] = 1;
    stays[two] = 1;
    todo.push([0, one, false], [one, two, false], [two, last, false]);
  } else todo.push([0, last, true]);
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    const [from, to, whole] = part;
    if (to - from < 2) continue;
    const { at, distance } = farthestFromLine({ xs, ys, from, to }, arc.rule);
    const near = distance <= arc.rule.toleranceMetres;
    // A straight arc has nothing to lose; one that bends keeps a point, so that two arcs between the same ends stay apart.
    if (near && (!whole || distance === 0) && sweepsNothing(arc.grid, { xs, ys, from, to })) continue;
    stays[at] = 1;
    todo.push([from, at, false], [at, to, false]);
  }
  for (let i = 0; i < last; i += 1) if (stays[i] === 1) kept.push((arc.from + i) % path.count);
}

interface Points {
  readonly xs: Int32Array;
  readonly ys: Int32Array;
  readonly from: number;
  readonly to: number;
}

/** Earlier in reading order: decides between points that are equally far, the same from both ends of an arc. */
const isBefore = ({ xs, ys }: Points, a: number, b: number): boolean =>
  (ys[a] as number) < (ys[b] as number) || (ys[a] === ys[b] && (xs[a] as number) < (xs[b] as number));

/** The inner point farthest from the line between the ends, and how far: from the segment, not its extension. */
function farthestFromLine(points: Points, rule: SimplifyRule): { at: number; distance: number } {
  const { xs, ys, from, to } = points;
  const [ax, ay] = [xs[from] as number, ys[from] as number];
  const dx = ((xs[to] as number) - ax) * rule.columnMetres;
  const dy = ((ys[to] as number) - ay) * rule.rowMetres;
  const squared = dx * dx + dy * dy;
  let [at, most] = [from + 1, -1];
  for (let i = from + 1; i < to; i += 1) {
    const px = ((xs[i] as number) - ax) * rule.columnMetres;
    const py = ((ys[i] as number) - ay) * rule.rowMetres;
    const along = px * dx + py * dy;
    const cross = px * dy - py * dx;
    let distance = (cross * cross) / squared;
    if (along < 0) distance = px * px + py * py;
    else if (along > squared) distance = (px - dx) ** 2 + (py - dy) ** 2;
    // A hair's difference is rounding, which depends on the end one starts from.
    const step = 1e-9 * (1 + most);
    if (distance > most + step || (distance > most - step && isBefore(points, i, at)))
      [at, most] = [i, Math.max(most, distance)];
  }
  return { at, distance: Math.sqrt(Math.max(0, most)) };
}

/** Of a closed arc: the point farthest from its first. */
function farthestPoint(xs: Int32Array, ys: Int32Array, rule: SimplifyRule): number {
  const points = { xs, ys, from: 0, to: xs.length - 1 };
  let [at, most] = [1, -1];
  for (let i = 1; i < xs.length - 1; i += 1) {
    const px = ((xs[i] as number) - (xs[0] as number)) * rule.columnMetres;
    const py = ((ys[i] as number) - (ys[0] as number)) * rule.rowMetres;
    const distance = px * px + py * py;
    const step = 1e-9 * (1 + most);
    if (distance > most + step || (distance > most - step && isBefore(points, i, at)))
      [at, most] = [i, Math.max(most, distance)];
  }
  return at;
}

/** Of a closed arc: the point farthest from the line between its first point and `far`. */
function farthest(points: Points, far: number, rule: SimplifyRule): number {
  const { xs, ys } = points;
  const dx = ((xs[far] as number) - (xs[0] as number)) * rule.columnMetres;
  const dy = ((ys[far] as number) - (ys[0] as number)) * rule.rowMetres;
  let [at, most] = [-1, -1];
  for (let i = 1; i < xs.length - 1; i += 1) {
    if (i === far) continue;
    const px = ((xs[i] as number) - (xs[0] as number)) * rule.columnMetres;
    const py = ((ys[i] as number) - (ys[0] as number)) * rule.rowMetres;
    const distance = Math.abs(px * dy - py * dx);
    const step = 1e-9 * (1 + most);
    if (at < 0 || distance > most + step || (distance > most - step && isBefore(points, i, at)))
      [at, most] = [i, Math.max(most, distance)];
  }
  return at;
}

/** Arcs of a ring as [from, to] with `to` past the end where they run over it: between anchors, or one all round. */
function arcsOfRing({ xs, ys, flags, count }: OutlinePath): [number, number][] {
  const anchors: number[] = [];
  for (let i = 0; i < count; i += 1) if (((flags[i] as number) & ANCHOR) !== 0) anchors.push(i);
  if (anchors.length === 0) {
    const points = { xs, ys, from: 0, to: count - 1 };
    let start = 0;
    for (let i = 1; i < count; i += 1) if (isBefore(points, i, start)) start = i;
    return [[start, start + count]];
  }
  return anchors.map((from, i) => [
    from,
    i + 1 < anchors.length ? (anchors[i + 1] as number) : (anchors[0] as number) + count,
  ]);
}

function arcsOfChain({ flags, count }: OutlinePath): [number, number][] {
  const arcs: [number, number][] = [];
  let from = 0;
  for (let i = 1; i < count; i += 1) {
    if (i < count - 1 && ((flags[i] as number) & ANCHOR) === 0) continue;
    arcs.push([from, i]);
    from = i;
  }
  return arcs;
}
