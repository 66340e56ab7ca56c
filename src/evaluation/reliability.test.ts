import { describe, expect, it } from 'vitest';
import { buildCategories } from './categories.ts';
import { addConfidenceTallies, countConfidence, emptyConfidenceTally, reliabilityOf } from './reliability.ts';

const categories = buildCategories([{ id: 1, name: 'a', colour: '#000000' }], true);

function tally(pixels: [label: number, map: number, confidence: number][]) {
  const out = emptyConfidenceTally();
  const column = (i: 0 | 1 | 2) => Uint8Array.from(pixels, (pixel) => pixel[i]);
  countConfidence(out, { labels: column(0), map: column(1), confidence: column(2) }, categories);
  return out;
}

describe('reliability', () => {
  it('is the hand-computed calibration error', () => {
    // Bin (0.4, 0.6]: 0.5, 0.5 with one of two right; bin (0.8, 1]: 0.9 right, 0.9 wrong, 1 right, 1 right.
    const counted = tally([
      [1, 1, 50],
      [0, 1, 50],
      [0, 0, 90],
      [1, 0, 90],
      [1, 1, 100],
      [0, 0, 100],
    ]);
    const result = reliabilityOf(counted, 1 / 100, 5);
    expect(result.bins.map(({ pixels }) => pixels)).toEqual([0, 0, 2, 0, 4]);
    expect(result.bins[4]).toMatchObject({ accuracy: 0.75, confidence: 0.95 });
    expect(result.expectedCalibrationError).toBeCloseTo((2 * 0 + 4 * 0.2) / 6, 12);
    expect(result.accuracy).toBeCloseTo(4 / 6, 12);
  });

  it('leaves out pixels without label, class or confidence', () => {
    expect(
      reliabilityOf(
        tally([
          [255, 1, 50],
          [1, 255, 50],
          [1, 1, 0],
          [1, 9, 50],
        ]),
        1 / 255,
        15,
      ).pixels,
    ).toBe(0);
  });

  it('puts an edge into the lower bin and full confidence into the last', () => {
    const result = reliabilityOf(
      tally([
        [1, 1, 20],
        [1, 1, 255],
      ]),
      0.01,
      5,
    );
    expect(result.bins.map(({ pixels }) => pixels)).toEqual([1, 0, 0, 0, 1]);
    expect(result.meanConfidence).toBeCloseTo(0.6, 12);
  });

  it('pools by adding', () => {
    const [a, b] = [tally([[1, 1, 50]]), tally([[0, 1, 200]])];
    expect(reliabilityOf(addConfidenceTallies([a, b]), 1 / 255, 15)).toEqual(
      reliabilityOf(
        tally([
          [1, 1, 50],
          [0, 1, 200],
        ]),
        1 / 255,
        15,
      ),
    );
  });
});
