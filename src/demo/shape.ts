/**
 * Shapes on the ground: x to the right, y down the image, both in metres from the scene's upper left corner.
 * `distance` is signed (negative inside), so that painters can blend edges over one pixel.
 */
export interface Shape {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  distance(x: number, y: number): number;
}

export type Vertex = readonly [x: number, y: number];

/** A closed outline without the repeated last vertex. */
export type Ring = readonly Vertex[];

/** A rectangle with any heading: centre, unit vector along its length, half sizes in metres. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly ux: number;
  readonly uy: number;
  readonly halfLength: number;
  readonly halfWidth: number;
}

export const boxAt = (x: number, y: number, angle: number, size: readonly [number, number]): Box => ({
  x,
  y,
  ux: Math.cos(angle),
  uy: Math.sin(angle),
  halfLength: size[0] / 2,
  halfWidth: size[1] / 2,
});

/** The ground position of box coordinates: `along` its length, `across` its width, metres from the centre. */
export const inBox = (box: Box, along: number, across: number): Vertex => [
  box.x + along * box.ux - across * box.uy,
  box.y + along * box.uy + across * box.ux,
];

export const boxRing = (box: Box): Ring => [
  inBox(box, -box.halfLength, -box.halfWidth),
  inBox(box, box.halfLength, -box.halfWidth),
  inBox(box, box.halfLength, box.halfWidth),
  inBox(box, -box.halfLength, box.halfWidth),
];

export const discRing = (x: number, y: number, radius: number, sides = 24): Ring =>
  Array.from({ length: sides }, (_, k) => {
    const angle = (2 * Math.PI * k) / sides;
    return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)] as const;
  });

export function ringShape(ring: Ring): Shape {
  const xs = ring.map(([x]) => x);
  const ys = ring.map(([, y]) => y);
  return {
    minX: Math.min(...xs),
    minY: Math.min(...ys),
    maxX: Math.max(...xs),
    maxY: Math.max(...ys),
    distance: (x, y) => distanceToRing(ring, x, y),
  };
}

function distanceToRing(ring: Ring, x: number, y: number): number {
  let nearest = Infinity;
  let inside = false;
  let previous = ring[ring.length - 1];
  for (const vertex of ring) {
    if (previous === undefined) break;
    const [ax, ay] = previous;
    const [bx, by] = vertex;
    const ex = bx - ax;
    const ey = by - ay;
    const wx = x - ax;
    const wy = y - ay;
    const t = Math.max(0, Math.min(1, (wx * ex + wy * ey) / (ex * ex + ey * ey || 1)));
    const dx = wx - ex * t;
    const dy = wy - ey * t;
    nearest = Math.min(nearest, dx * dx + dy * dy);
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    previous = vertex;
  }
  return inside ? -Math.sqrt(nearest) : Math.sqrt(nearest);
}

export const discShape = (cx: number, cy: number, radius: number): Shape => ({
  minX: cx - radius,
  minY: cy - radius,
  maxX: cx + radius,
  maxY: cy + radius,
  distance: (x, y) => Math.hypot(x - cx, y - cy) - radius,
});

/** A straight band of ground, round at both ends. */
export function bandShape(from: Vertex, to: Vertex, width: number): Shape {
  const half = width / 2;
  const [ax, ay] = from;
  const [ex, ey] = [to[0] - ax, to[1] - ay];
  const lengthSquared = ex * ex + ey * ey || 1;
  return {
    minX: Math.min(ax, to[0]) - half,
    minY: Math.min(ay, to[1]) - half,
    maxX: Math.max(ax, to[0]) + half,
    maxY: Math.max(ay, to[1]) + half,
    distance(x, y) {
      const t = Math.max(0, Math.min(1, ((x - ax) * ex + (y - ay) * ey) / lengthSquared));
      return Math.hypot(x - ax - ex * t, y - ay - ey * t) - half;
    },
  };
}
