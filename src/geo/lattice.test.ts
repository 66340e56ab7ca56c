import { expect, it } from 'vitest';
import { fitLattice, type Lattice, type PointMap } from './lattice.ts';

/** The lattice at any place of the picture, linear between corners. */
function at({ step, columns, xs, ys }: Lattice, x: number, y: number): [number, number] {
  const [column, row] = [Math.floor(x / step), Math.floor(y / step)];
  const [fx, fy] = [x / step - column, y / step - row];
  const between = (values: Float64Array) => {
    const corner = (c: number, r: number) => values[(row + r) * columns + column + c] ?? Number.NaN;
    return (
      (1 - fy) * ((1 - fx) * corner(0, 0) + fx * corner(1, 0)) +
      fy * ((1 - fx) * corner(0, 1) + fx * corner(1, 1))
    );
  };
  return [between(xs), between(ys)];
}

const size = { width: 256, height: 256 };

it('takes few points where the map is straight', () => {
  const lattice = fitLattice(size, (x, y) => [3 * x - y + 7, 2 * y], 1e-9);
  expect(lattice.step).toBe(64);
  expect(at(lattice, 100.5, 17.25)).toEqual([3 * 100.5 - 17.25 + 7, 34.5]);
});

it('follows a bent map within the tolerance', () => {
  const bent: PointMap = (x, y) => [x + 8 * Math.sin(y / 40), y + 5 * Math.cos(x / 30)];
  const lattice = fitLattice(size, bent, 0.05);
  expect(lattice.step).toBeLessThan(64);
  let worst = 0;
  for (let y = 0.5; y < 256; y += 7) {
    for (let x = 0.5; x < 256; x += 5) {
      const [exact, got] = [bent(x, y) ?? [0, 0], at(lattice, x, y)];
      worst = Math.max(worst, Math.abs(exact[0] - got[0]), Math.abs(exact[1] - got[1]));
    }
  }
  expect(worst).toBeLessThan(0.06);
});

it('looks closely where places end, and not where there are none', () => {
  const half: PointMap = (x, y) => (x < 100 ? [x, y] : null);
  const lattice = fitLattice(size, half, 0.1);
  expect(at(lattice, 98.5, 10.5)).toEqual([98.5, 10.5]);
  expect(at(lattice, 101.5, 10.5)[0]).toBeNaN();
  let calls = 0;
  fitLattice(size, () => (calls++, null), 0.1);
  expect(calls).toBeLessThan(200);
});

it('does not look at every pixel of a large picture', () => {
  let calls = 0;
  const wild: PointMap = (x, y) => {
    calls++;
    return (x + y) % 2 === 0 ? [x, y] : null;
  };
  fitLattice({ width: 2048, height: 2048 }, wild, 0.1);
  expect(calls).toBeLessThan(150_000);
});
