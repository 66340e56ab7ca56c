import { describe, expect, it } from 'vitest';
import { starvation, sumEvidence, type BucketEvidence, type Evidence } from './bucket-evidence.ts';

const found = (bucket: number, foregroundPixels: number, objects = 5) => ({
  bucket,
  labelledCells: 4,
  foregroundPixels,
  objects,
});
const evidence: Evidence = {
  version: 1,
  scenes: [
    { scene: 'a', place: 'east', split: 'train', buckets: [found(0, 100), found(1, 0, 0)] },
    { scene: 'b', place: 'east', split: 'train', buckets: [found(0, 50), found(1, 30)] },
    { scene: 'c', place: 'west', split: 'validation', buckets: [found(0, 9)] },
    { scene: 'd', place: 'west', split: 'validation', buckets: [found(0, 1), found(1, 0)] },
  ],
};

describe('what is labelled in buckets', () => {
  it('is summed over training scenes, and apart over validation', () => {
    expect(sumEvidence(evidence, 3)).toEqual([
      {
        chips: 8,
        foregroundPixels: 150,
        objects: 10,
        scenes: 2,
        validation: { foregroundPixels: 10, places: 1 },
      },
      {
        chips: 8,
        foregroundPixels: 30,
        objects: 5,
        scenes: 1,
        validation: { foregroundPixels: 0, places: 0 },
      },
      {
        chips: 0,
        foregroundPixels: 0,
        objects: 0,
        scenes: 0,
        validation: { foregroundPixels: 0, places: 0 },
      },
    ]);
  });

  it('starves a bucket that lacks any of what it needs, and says what', () => {
    const least = { foregroundPixels: 100, objects: 10, scenes: 2 };
    const [enough, little, none] = sumEvidence(evidence, 3) as [
      BucketEvidence,
      BucketEvidence,
      BucketEvidence,
    ];
    expect(starvation(enough, least)).toBeNull();
    expect(starvation(enough, { ...least, scenes: 3 })).toBe('2 of at least 3 scenes with foreground');
    expect(starvation(little, least)).toBe(
      '30 of at least 100 foreground pixels, 5 of at least 10 objects, 1 of at least 2 scenes with foreground, no foreground in any validation place',
    );
    expect(starvation(none, { foregroundPixels: 0, objects: 0, scenes: 0 })).toMatch(
      /no foreground in any validation place/,
    );
  });
});
