import { describe, expect, it } from 'vitest';
import { randomInt, seededRandom } from '../core/random.ts';
import { boundaryPixels, compareBoundaries, type CategoryBlock } from './boundary.ts';
import { buildCategories, NO_CATEGORY } from './categories.ts';
import { squaredDistances } from './distance-transform.ts';
import { planStrips } from './plan-strips.ts';
import { stripBoundaries } from './strip-boundaries.ts';

function bruteForce(feature: Uint8Array, width: number): number[] {
  const points = [...feature.keys()].filter((i) => feature[i] !== 0);
  return [...feature.keys()].map((i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return Math.min(
      Infinity,
      ...points.map((p) => ((p % width) - x) ** 2 + (Math.floor(p / width) - y) ** 2),
    );
  });
}

describe('distance transform', () => {
  it('equals brute force', () => {
    const random = seededRandom(3);
    for (let trial = 0; trial < 60; trial += 1) {
      const [width, height] = [1 + randomInt(random, 30), 1 + randomInt(random, 30)];
      const density = [0, 0.01, 0.1, 0.5][trial % 4] ?? 0;
      const feature = Uint8Array.from({ length: width * height }, () => (random() < density ? 1 : 0));
      expect([...squaredDistances(feature, width, height)]).toEqual(bruteForce(feature, width));
    }
  });
});

const block = (width: number, data: number[]) => ({
  width,
  height: data.length / width,
  data: Uint8Array.from(data),
});
const U = NO_CATEGORY;

function hitsOf(map: CategoryBlock, labels: CategoryBlock, category: number, tolerance: number): string[] {
  const found: string[] = [];
  compareBoundaries({ map, labels }, category, tolerance, (side, x, y, near) =>
    found.push(`${category} ${side} ${x} ${y} ${near}`),
  );
  return found;
}

describe('boundaries', () => {
  it('are class pixels beside judged ground of another class, not the scene edge nor unlabelled ground', () => {
    const data = block(4, [1, 1, 1, 1, 1, 1, 1, 0, 1, 1, U, 0]);
    expect([...boundaryPixels(data, 1)]).toEqual([0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]);
  });

  it('are near up to the tolerance, and not beyond', () => {
    const map = block(7, [0, 1, 0, 0, 0, 0, 0]);
    const labels = block(7, [0, 0, 0, 1, 0, 0, 0]);
    expect(hitsOf(map, labels, 1, 2)).toEqual(['1 mapped 1 0 true', '1 labelled 3 0 true']);
    expect(hitsOf(map, labels, 1, 1.9)).toEqual(['1 mapped 1 0 false', '1 labelled 3 0 false']);
  });

  it('do not depend on strips and tiles', () => {
    const random = seededRandom(5);
    const [width, height] = [1100, 70];
    const make = () => {
      const data = new Uint8Array(width * height);
      for (let n = 0; n < 300; n += 1) {
        const [x, y, side] = [randomInt(random, width), randomInt(random, height), 2 + randomInt(random, 15)];
        const value = [1, 1, 2, U][n % 4] ?? 0;
        for (let i = y; i < Math.min(height, y + side); i += 1)
          data.fill(value, i * width + x, i * width + Math.min(width, x + side));
      }
      return data;
    };
    const [map, labels] = [make(), make()];
    const blank = map.map((value, i) => (value === U || labels[i] === U ? U : value));
    const blankLabels = labels.map((value, i) => (value === U || map[i] === U ? U : value));
    const categories = buildCategories(
      [
        { id: 1, name: 'a', colour: '#000000' },
        { id: 2, name: 'b', colour: '#111111' },
      ],
      true,
    );
    const whole = [1, 2].flatMap((category) =>
      hitsOf({ width, height, data: blank }, { width, height, data: blankLabels }, category, 2.5),
    );
    const cut: string[] = [];
    for (const strip of planStrips({ width, height }, 5, 16 * width)) {
      const rows = (data: Uint8Array) =>
        data.subarray(strip.read.y * width, (strip.read.y + strip.read.height) * width);
      stripBoundaries(
        strip,
        { map: rows(map), labels: rows(labels) },
        { categories, tolerancePixels: 2.5 },
        (hit) => cut.push(`${hit.category} ${hit.side} ${hit.x} ${hit.y} ${hit.near}`),
      );
    }
    expect(cut.length).toBeGreaterThan(500);
    expect(cut.sort()).toEqual(whole.sort());
  });
});
