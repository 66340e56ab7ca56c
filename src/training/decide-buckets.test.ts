import { describe, expect, it } from 'vitest';
import type { BucketEvidence } from './bucket-evidence.ts';
import type { Comparison } from './compare-models.ts';
import { decideBuckets, type DecisionInput } from './decide-buckets.ts';

const rich: BucketEvidence = {
  chips: 90,
  foregroundPixels: 99_000,
  objects: 500,
  scenes: 5,
  validation: { foregroundPixels: 9000, places: 3 },
};
const poor: BucketEvidence = { ...rich, foregroundPixels: 10, scenes: 1 };
const least = { foregroundPixels: 1000, objects: 10, scenes: 2 };

/** A comparison whose difference lies between the two. */
function differing(low: number, high: number): Comparison {
  const iou = (low + high) / 2;
  const first = { iou: 0.5, low: 0.45, high: 0.55 };
  const second = { iou: 0.5 + iou, low: 0.45 + low, high: 0.55 + high };
  return { first, second, difference: { iou, low, high }, blocks: 40, places: 3 };
}

function decide(
  results: Record<string, Comparison | null>,
  change: Partial<DecisionInput> & { smaller?: boolean } = {},
) {
  const { smaller = true, ...rest } = change;
  return decideBuckets({
    codes: ['0000', '000f', 'ffff'],
    evidence: [rich, rich, poor],
    least,
    mono: 'mono-1',
    specialists: [0, 1].map((bucket) => ({ bucket, model: `own-${bucket}`, gmac: 3, smaller })),
    compare: (bucket, model) => results[`${bucket} ${model}`] ?? null,
    falseHits: () => ({ first: 0, second: 0, blocks: 0 }),
    distance: (a, b) => ([a, b].includes(2) ? (a + b === 2 ? 16 : 12) : 4),
    ...rest,
  });
}

describe('a bucket', () => {
  it('gets its own smaller model where that is not worse beyond the error', () => {
    const found = decide({ '0 own-0': differing(-0.02, 0.01), '1 own-1': differing(-0.04, -0.01) });
    expect(found[0]).toMatchObject({
      model: 'own-0',
      decision: 'specialist',
      scores: { mono: { iou: 0.5 } },
    });
    expect(found[0]?.reason).toBe(
      'It needs less arithmetic and is not worse than Mono: IoU 0.495 against 0.500, -0.005 (-0.020 to +0.010) on 40 cells of 3 places.',
    );
    expect(found[1]).toMatchObject({ model: 'mono-1', decision: 'mono' });
  });

  it('does not get one that is much worse, however wide the interval', () => {
    const found = decide({ '0 own-0': differing(-0.2, 0.1), '1 own-1': differing(0, 0.1) });
    expect(found.map(({ decision }) => decision)).toEqual(['mono', 'specialist', 'nearest']);
  });

  it('gets one of the size of Mono only where that is better beyond the error', () => {
    const results = { '0 own-0': differing(-0.01, 0.05), '1 own-1': differing(0.001, 0.05) };
    const found = decide(results, { smaller: false });
    expect(found.map(({ decision }) => decision)).toEqual(['mono', 'specialist', 'nearest']);
  });

  it('gets the smallest of several models that is not worse', () => {
    const sizes = [1, 3, 6].map((gmac) => ({ bucket: 0, model: `size-${gmac}`, gmac, smaller: true }));
    const results = {
      '0 size-1': differing(-0.09, -0.05),
      '0 size-3': differing(-0.01, 0.02),
      '0 size-6': differing(0.02, 0.04),
    };
    expect(decide(results, { specialists: sizes })[0]?.model).toBe('size-3');
    const worse = decide(
      { ...results, '0 size-3': null, '0 size-6': differing(-0.04, -0.01) },
      { specialists: sizes },
    );
    expect(worse[0]).toMatchObject({ decision: 'mono', scores: { model: { iou: 0.475 } } });
  });

  it('that starves takes the model of the nearest bucket that has one, if that is not worse there', () => {
    const good = { '0 own-0': differing(0.01, 0.02), '1 own-1': differing(0.01, 0.02) };
    const nearest = decide(good)[2];
    expect(nearest).toMatchObject({
      model: 'own-1',
      decision: 'nearest',
      scores: { mono: null, model: null },
    });
    expect(nearest?.reason).toMatch(
      /^Starved \(10 of at least 1000 foreground pixels, 1 of at least 2 scenes.*bucket 1, 12 bits away/,
    );
    // Bucket 1 has no model: the next one is bucket 0.
    const next = decide({ ...good, '1 own-1': differing(-0.3, -0.2) })[2];
    expect(next).toMatchObject({ model: 'own-0', decision: 'nearest' });
    const worse = decide({ ...good, '2 own-1': differing(-0.2, -0.1) })[2];
    expect(worse).toMatchObject({ model: 'mono-1', decision: 'mono', scores: { model: { iou: 0.35 } } });
    expect(worse?.reason).toMatch(/worse than Mono here/);
  });

  it('without foreground takes no model that sees more than Mono where nothing is', () => {
    const good = { '0 own-0': differing(0.01, 0.02), '1 own-1': differing(0.01, 0.02) };
    const bare = { ...poor, validation: { foregroundPixels: 0, places: 0 } };
    const evidence = [rich, rich, bare];
    const seen = (second: number) =>
      decide(good, { evidence, falseHits: () => ({ first: 5, second, blocks: 9 }) })[2];
    expect(seen(5)).toMatchObject({ model: 'own-1', decision: 'nearest' });
    expect(seen(6)).toMatchObject({ model: 'mono-1', decision: 'mono' });
    expect(seen(6)?.reason).toMatch(/6 false pixels against 5 on 9 cells without foreground/);
  });

  it('goes to Mono where no bucket has a model', () => {
    const found = decide({});
    expect(found.map(({ model, decision }) => [model, decision])).toEqual([
      ['mono-1', 'mono'],
      ['mono-1', 'mono'],
      ['mono-1', 'mono'],
    ]);
    expect(found[2]?.reason).toMatch(/no bucket has a model/);
    expect(found[0]?.evidence).toEqual({ chips: 90, foregroundPixels: 99_000, objects: 500, scenes: 5 });
  });
});
