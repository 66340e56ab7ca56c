/**
 * Numbers of the points that stay when a ring (x, y in turn) is simplified from the two points that are farthest apart
 * (Douglas and Peucker, 1973), in order. The ring alone decides: it may come to cross itself or its neighbours by up to
 * the tolerance.
 */
export function ringCorners(ring: Float64Array, tolerance: number): number[] {
  const count = ring.length / 2;
  const distance = (a: number, b: number) =>
    ((ring[2 * a] as number) - (ring[2 * b] as number)) ** 2 +
    ((ring[2 * a + 1] as number) - (ring[2 * b + 1] as number)) ** 2;
  const farthestFrom = (from: number) => {
    let best = from;
    for (let i = 0; i < count; i += 1) if (distance(from, i) > distance(from, best)) best = i;
    return best;
  };
  const one = farthestFrom(0);
  const two = farthestFrom(one);
  const [first, second] = [Math.min(one, two), Math.max(one, two)];
  const stays = new Set([first, second]);
  const todo: [number, number][] = [
    [first, second],
    [second, first + count],
  ];
  for (let part = todo.pop(); part !== undefined; part = todo.pop()) {
    const [from, to] = part;
    const [a, b] = [2 * (from % count), 2 * (to % count)];
    const [ax, ay] = [ring[a] as number, ring[a + 1] as number];
    const [dx, dy] = [(ring[b] as number) - ax, (ring[b + 1] as number) - ay];
    let [at, most] = [-1, tolerance * Math.hypot(dx, dy)];
    for (let i = from + 1; i < to; i += 1) {
      const k = 2 * (i % count);
      const off = Math.abs(dx * ((ring[k + 1] as number) - ay) - dy * ((ring[k] as number) - ax));
      if (off > most) [at, most] = [i, off];
    }
    if (at < 0) continue;
    stays.add(at % count);
    todo.push([from, at], [at, to]);
  }
  return [...stays].sort((p, q) => p - q);
}
