import { ringCorners } from './ring-corners.ts';

/** A closed line on the ground: x, y in turn, metres. */
type GroundRing = Float64Array;

/** Along the dominant direction (0), across it (1), or neither (2). */
type Way = 0 | 1 | 2;

/** A line that an edge lies on, in the frame of the dominant direction: nx * x + ny * y = offset. */
interface Edge {
  way: Way;
  nx: number;
  ny: number;
  offset: number;
  /** Metres of outline that it stands for. */
  weight: number;
}

/** Edges farther than this from both directions stay as they lie. */
const SUPPORT_DEGREES = 25;

/** Oblique edges at corners below this many tolerances are roundings. */
const ROUND_STEPS = 3;

/** Least edges of a ring. */
const LEAST_EDGES = 4;

/**
 * The direction of an outline's longest edges, modulo a right angle, radians: the mean of four times the angle, each
 * edge weighted by its squared length. An edge's angle is that of the line through the middles of its pixels' steps.
 */
export function dominantDirection(rings: readonly GroundRing[], tolerance: number): number {
  let [sin, cos] = [0, 0];
  for (const ring of rings) {
    const corners = ringCorners(ring, tolerance);
    corners.forEach((from, i) => {
      const to = corners[(i + 1) % corners.length] as number;
      const { angle, squaredLength } = fittedLine(ring, from, to > from ? to : to + ring.length / 2);
      sin += squaredLength * Math.sin(4 * angle);
      cos += squaredLength * Math.cos(4 * angle);
    });
  }
  return Math.atan2(sin, cos) / 4;
}

/** The main axis of the middles of an outline's steps, weighted by their length. */
function fittedLine(ring: GroundRing, from: number, to: number): { angle: number; squaredLength: number } {
  const count = ring.length / 2;
  const at = (i: number) => [ring[2 * (i % count)] as number, ring[2 * (i % count) + 1] as number] as const;
  const [[startX, startY], [endX, endY]] = [at(from), at(to)];
  const squaredLength = (endX - startX) ** 2 + (endY - startY) ** 2;
  let [weight, sumX, sumY, sumXX, sumYY, sumXY] = [0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i += 1) {
    const [[ax, ay], [bx, by]] = [at(i), at(i + 1)];
    const step = Math.hypot(bx - ax, by - ay);
    const [x, y] = [(ax + bx) / 2 - startX, (ay + by) / 2 - startY];
    weight += step;
    sumX += step * x;
    sumY += step * y;
    sumXX += step * x * x;
    sumYY += step * y * y;
    sumXY += step * x * y;
  }
  if (to - from < 3) return { angle: Math.atan2(endY - startY, endX - startX), squaredLength };
  const xx = sumXX - (sumX * sumX) / weight;
  const yy = sumYY - (sumY * sumY) / weight;
  const xy = sumXY - (sumX * sumY) / weight;
  return { angle: Math.atan2(2 * xy, xx - yy) / 2, squaredLength };
}

/**
 * A ring of straight walls: its edges are turned into the dominant direction or across it where they support that, laid
 * through the middle of the outline they stand for, and steps shorter than `tolerance` metres are evened out. Null where
 * too little is left.
 */
export function regularRing(ring: GroundRing, direction: number, tolerance: number): GroundRing | null {
  const [cos, sin] = [Math.cos(direction), Math.sin(direction)];
  const turned = new Float64Array(ring.length);
  for (let i = 0; i < ring.length; i += 2) {
    const [x, y] = [ring[i] as number, ring[i + 1] as number];
    turned[i] = x * cos + y * sin;
    turned[i + 1] = y * cos - x * sin;
  }
  const edges = edgesOf(turned, tolerance);
  squareCorners(edges, ROUND_STEPS * tolerance);
  joinParallels(edges, tolerance);
  let corners = intersections(edges);
  while (corners !== null && edges.length > LEAST_EDGES) {
    const short = shortestEdge(corners);
    if (short.length >= tolerance) break;
    edges.splice(short.at, 1);
    joinParallels(edges, Infinity);
    corners = intersections(edges);
  }
  if (corners === null || edges.length < LEAST_EDGES) return null;
  const out = new Float64Array(corners.length);
  for (let i = 0; i < corners.length; i += 2) {
    const [x, y] = [corners[i] as number, corners[i + 1] as number];
    out[i] = x * cos - y * sin;
    out[i + 1] = x * sin + y * cos;
  }
  return out;
}

function edgesOf(ring: GroundRing, tolerance: number): Edge[] {
  const corners = ringCorners(ring, tolerance);
  const count = ring.length / 2;
  return corners.map((from, i): Edge => {
    const to = corners[(i + 1) % corners.length] as number;
    const dx = (ring[2 * to] as number) - (ring[2 * from] as number);
    const dy = (ring[2 * to + 1] as number) - (ring[2 * from + 1] as number);
    const length = Math.hypot(dx, dy);
    const angle = (Math.abs(Math.atan2(dy, dx)) * 180) / Math.PI;
    const off = Math.min(angle, 180 - angle);
    const way: Way = off <= SUPPORT_DEGREES ? 0 : 90 - off <= SUPPORT_DEGREES ? 1 : 2;
    const [nx, ny] = way === 0 ? [0, 1] : way === 1 ? [1, 0] : [-dy / length, dx / length];
    return {
      way,
      nx,
      ny,
      offset: meanOffset(ring, { from, to: to > from ? to : to + count, nx, ny }),
      weight: length,
    };
  });
}

/** Mean distance of the outline from `from` to `to` along a normal, by length. */
function meanOffset(
  ring: GroundRing,
  { from, to, nx, ny }: { from: number; to: number; nx: number; ny: number },
): number {
  const count = ring.length / 2;
  let [sum, weight] = [0, 0];
  for (let i = from; i < to; i += 1) {
    const [a, b] = [2 * (i % count), 2 * ((i + 1) % count)];
    const [ax, ay, bx, by] = [
      ring[a] as number,
      ring[a + 1] as number,
      ring[b] as number,
      ring[b + 1] as number,
    ];
    // Of steps, the treads count: what runs along the edge.
    const along = Math.abs((bx - ax) * ny - (by - ay) * nx);
    sum += (along * ((ax + bx) * nx + (ay + by) * ny)) / 2;
    weight += along;
  }
  return weight === 0
    ? (ring[2 * (from % count)] as number) * nx + (ring[2 * (from % count) + 1] as number) * ny
    : sum / weight;
}

/** Takes out short oblique edges between two that meet at a right angle: corners that pixels or a model rounded. */
function squareCorners(edges: Edge[], longest: number): void {
  for (let i = edges.length - 1; i >= 0 && edges.length > LEAST_EDGES; i -= 1) {
    const before = edges[(i + edges.length - 1) % edges.length] as Edge;
    const here = edges[i] as Edge;
    const after = edges[(i + 1) % edges.length] as Edge;
    if (here.way === 2 && here.weight < longest && before.way + after.way === 1) edges.splice(i, 1);
  }
}

/** Neighbours that are parallel become one where they are near, and get a step between them where they are not. */
function joinParallels(edges: Edge[], tolerance: number): void {
  for (let i = 0; i < edges.length && edges.length > 1;) {
    const here = edges[i] as Edge;
    const next = edges[(i + 1) % edges.length] as Edge;
    if (here.way === 2 || here.way !== next.way) {
      i += 1;
      continue;
    }
    if (Math.abs(here.offset - next.offset) > tolerance) {
      i += 1;
      continue;
    }
    const weight = here.weight + next.weight;
    here.offset = (here.offset * here.weight + next.offset * next.weight) / weight;
    here.weight = weight;
    edges.splice((i + 1) % edges.length, 1);
    i = Math.max(0, i - 1);
  }
}

/** Corners where neighbouring lines meet; null where two do not. */
function intersections(edges: readonly Edge[]): Float64Array | null {
  const corners = new Float64Array(2 * edges.length);
  for (let i = 0; i < edges.length; i += 1) {
    const before = edges[(i + edges.length - 1) % edges.length] as Edge;
    const here = edges[i] as Edge;
    const det = before.nx * here.ny - before.ny * here.nx;
    if (Math.abs(det) < 0.2) return null;
    corners[2 * i] = (before.offset * here.ny - here.offset * before.ny) / det;
    corners[2 * i + 1] = (before.nx * here.offset - here.nx * before.offset) / det;
  }
  return corners;
}

/** Of the edge from each corner to the next. */
function shortestEdge(corners: Float64Array): { at: number; length: number } {
  const count = corners.length / 2;
  let best = { at: 0, length: Infinity };
  for (let i = 0; i < count; i += 1) {
    const next = (i + 1) % count;
    const length = Math.hypot(
      (corners[2 * next] as number) - (corners[2 * i] as number),
      (corners[2 * next + 1] as number) - (corners[2 * i + 1] as number),
    );
    if (length < best.length) best = { at: i, length };
  }
  return best;
}
