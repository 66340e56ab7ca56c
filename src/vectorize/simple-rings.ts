/** Segments beyond which crossing is not looked for: the answer is then no. */
const MOST_SEGMENTS = 600;

type Segment = readonly [x1: number, y1: number, x2: number, y2: number];

/** Whether no edge of any ring meets another, but for neighbours at their common point. Rings: x, y in turn. */
export function areSimple(rings: readonly Float64Array[]): boolean {
  const segments: Segment[] = [];
  const last: number[] = [];
  for (const ring of rings) {
    const first = segments.length;
    const count = ring.length / 2;
    if (count < 3) return false;
    for (let i = 0; i < count; i += 1) {
      const next = (i + 1) % count;
      segments.push([
        ring[2 * i] as number,
        ring[2 * i + 1] as number,
        ring[2 * next] as number,
        ring[2 * next + 1] as number,
      ]);
      last.push(first + ((i + count - 1) % count));
    }
  }
  if (segments.length > MOST_SEGMENTS) return false;
  for (let i = 0; i < segments.length; i += 1) {
    for (let j = i + 1; j < segments.length; j += 1) {
      const neighbours = last[j] === i || last[i] === j;
      if (
        neighbours
          ? foldsBack(segments[i] as Segment, segments[j] as Segment, last[j] === i)
          : meet(segments[i] as Segment, segments[j] as Segment)
      )
        return false;
    }
  }
  return true;
}

const side = (x1: number, y1: number, x2: number, y2: number): ((x: number, y: number) => number) => {
  const [dx, dy] = [x2 - x1, y2 - y1];
  return (x, y) => dx * (y - y1) - dy * (x - x1);
};

function meet(a: Segment, b: Segment): boolean {
  if (
    Math.max(a[0], a[2]) < Math.min(b[0], b[2]) ||
    Math.max(b[0], b[2]) < Math.min(a[0], a[2]) ||
    Math.max(a[1], a[3]) < Math.min(b[1], b[3]) ||
    Math.max(b[1], b[3]) < Math.min(a[1], a[3])
  )
    return false;
  const [ofA, ofB] = [side(...a), side(...b)];
  return ofA(b[0], b[1]) * ofA(b[2], b[3]) <= 0 && ofB(a[0], a[1]) * ofB(a[2], a[3]) <= 0;
}

/** Whether two edges with a common point lie on one another. */
function foldsBack(a: Segment, b: Segment, aFirst: boolean): boolean {
  const [first, second] = aFirst ? [a, b] : [b, a];
  const [dx, dy, ex, ey] = [
    first[2] - first[0],
    first[3] - first[1],
    second[2] - second[0],
    second[3] - second[1],
  ];
  return (
    Math.abs(dx * ey - dy * ex) < 1e-9 * Math.hypot(dx, dy) * Math.hypot(ex, ey) && dx * ex + dy * ey < 0
  );
}
