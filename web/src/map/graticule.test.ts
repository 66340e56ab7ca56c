import { describe, expect, it } from 'vitest';
import { degreesText, graticuleLines, planGraticule } from './graticule.ts';

describe('the graticule', () => {
  it('lies on whole parts of a degree, about as many as are asked for', () => {
    const plan = planGraticule([10.02, 45.01, 10.62, 45.31], 6);
    expect(plan.step).toBeCloseTo(1 / 12);
    expect(plan.meridians.map((lon) => Math.round(lon * 12))).toEqual([121, 122, 123, 124, 125, 126, 127]);
  });

  it('has a bounded number of lines at every zoom', () => {
    for (let zoom = 0; zoom < 22; zoom += 0.5) {
      const side = 300 / 2 ** zoom;
      const plan = planGraticule([-94, 37, -94 + side, 37 + side / 2], 6);
      expect(plan.meridians.length).toBeLessThan(41);
      expect(plan.meridians.length).toBeGreaterThan(1);
    }
  });

  it('is drawn from edge to edge', () => {
    const box = [0, 0, 4, 2] as const;
    const { features } = graticuleLines({ step: 1, meridians: [1, 2], parallels: [1] }, box);
    expect(features.map(({ geometry }) => geometry.coordinates)).toEqual([
      [
        [1, 0],
        [1, 2],
      ],
      [
        [2, 0],
        [2, 2],
      ],
      [
        [0, 1],
        [4, 1],
      ],
    ]);
  });

  it.each([
    [-94.5, 1 / 60, ['E', 'W'], '94°30′W'],
    [37 + 6 / 60 + 10 / 3600, 1 / 720, ['N', 'S'], '37°06′10″N'],
    [190, 10, ['E', 'W'], '170°W'],
    [0, 30, ['E', 'W'], '0°'],
    [12 + 0.5 / 3600, 1 / 7200, ['N', 'S'], '12°00′00.5″N'],
  ] as const)('says %d degrees at steps of %d', (value, step, sides, text) => {
    expect(degreesText(value, step, sides)).toBe(text);
  });
});
