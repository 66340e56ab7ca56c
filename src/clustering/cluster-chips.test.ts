import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { seededRandom } from '../core/random.ts';
import { elbow, varianceCurve } from './choose-clusters.ts';
import { clusterChips } from './cluster-chips.ts';
import { cutDendrogram } from './cut-dendrogram.ts';
import type { Embeddings } from './embeddings.ts';
import { nearestCentroids } from './nearest-centroid.ts';
import { settleClusters } from './settle-clusters.ts';
import { createSilhouette } from './silhouette.ts';
import { squaredDistances } from './squared-distances.ts';
import { wardLinkage } from './ward-linkage.ts';

const oracleSchema = z.array(
  z.object({
    name: z.string(),
    dims: z.int(),
    points: z.array(z.number()),
    heights: z.array(z.number()),
    sizes: z.array(z.int()),
    cuts: z.array(
      z.object({
        clusters: z.int(),
        labels: z.array(z.int()),
        variance: z.number(),
        silhouette: z.number(),
      }),
    ),
  }),
);
const ORACLE = oracleSchema.parse(
  JSON.parse(readFileSync(new URL('../../tests/fixtures/clustering-oracle.json', import.meta.url), 'utf8')),
);

const embeddingsOf = (points: readonly number[], dims: number): Embeddings => ({
  count: points.length / dims,
  dims,
  data: Float32Array.from(points),
});
const nameOf = (chip: number) => `chip ${chip}`;

/** Groups as sets of members, whatever their numbers. */
const partition = (labels: Iterable<number>): string[] => {
  const groups = new Map<number, number[]>();
  [...labels].forEach((label, i) => groups.set(label, [...(groups.get(label) ?? []), i]));
  return [...groups.values()].map((members) => members.join(',')).sort();
};

describe.each(ORACLE)('Ward on $name, against SciPy and scikit-learn', ({ points, dims, ...oracle }) => {
  const embeddings = embeddingsOf(points, dims);
  const tree = wardLinkage(squaredDistances(embeddings), embeddings.count);

  it('merges at the same heights', () => {
    const worst = Math.max(...oracle.heights.map((h, m) => Math.abs((tree.height[m] ?? 0) / h - 1)));
    expect(tree.height).toHaveLength(oracle.heights.length);
    expect(worst).toBeLessThan(1e-5);
  });

  it('cuts into the same clusters, the largest first', () => {
    for (const cut of oracle.cuts) {
      const labels = cutDendrogram(tree, cut.clusters);
      expect(partition(labels)).toEqual(partition(cut.labels));
      const sizes = Array.from({ length: cut.clusters }, (_, c) => labels.filter((l) => l === c).length);
      expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    }
  });

  it('reads the same variances off the tree, and measures the same silhouettes', () => {
    const curve = varianceCurve(tree);
    const silhouette = createSilhouette(embeddings);
    for (const cut of oracle.cuts) {
      const point = curve.find(({ clusters }) => clusters === cut.clusters);
      expect(point?.variance).toBeCloseTo(cut.variance, 4);
      expect(silhouette(Int32Array.from(cut.labels, (label) => label - 1))).toBeCloseTo(cut.silhouette, 5);
    }
  });
});

describe('the number of clusters', () => {
  it('is where six groups end', () => {
    const blobs = ORACLE.find(({ name }) => name === 'blobs');
    const embeddings = embeddingsOf(blobs?.points ?? [], blobs?.dims ?? 1);
    const strata = new Int32Array(embeddings.count);
    const found = clusterChips(embeddings, { clusters: 'auto', seed: 1, strata, nameOf });
    expect(found).toMatchObject({ clusters: 6, elbow: 6, sampled: 180 });
    expect(found.curve.map(({ clusters }) => clusters)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const best = found.curve.reduce((top, row) => (row.silhouette > top.silhouette ? row : top));
    expect(best.clusters).toBe(6);
    const overruled = clusterChips(embeddings, { clusters: 4, seed: 1, strata, nameOf });
    expect(overruled).toMatchObject({ clusters: 4, elbow: 6 });
  });

  it('is the point farthest below the chord, the lower one of two', () => {
    const curve = (variances: number[]) => variances.map((variance, i) => ({ clusters: i + 1, variance }));
    expect(elbow(curve([64, 60, 4, 3, 2]))).toBe(3);
    // In logarithms 4, 2, 1, 1, 0: both 2 and 3 are a quarter below the chord.
    expect(elbow(curve([16, 4, 2, 2, 1]))).toBe(2);
    expect(elbow(curve([16, 4, 1.9, 2, 1]))).toBe(3);
    expect(elbow(curve([1, 0]))).toBe(2);
    expect(elbow(curve([5, 5, 5]))).toBe(2);
    expect(elbow(curve([3, 1]))).toBe(2);
  });
});

/** `groups` groups of seeded points around corners of a square lattice. */
function lattice(groups: number, each: number, seed: number): Embeddings {
  const random = seededRandom(seed);
  const points = Array.from({ length: groups * each }, (_, i) => {
    const group = i % groups;
    return [10 * (group % 3) + random(), 10 * Math.floor(group / 3) + random()];
  });
  return embeddingsOf(points.flat(), 2);
}

describe('settled clusters', () => {
  const varianceOf = (embeddings: Embeddings, labels: Int32Array, means: Float64Array) =>
    [...labels].reduce((sum, label, i) => sum + ((embeddings.data[i] ?? 0) - (means[label] ?? 0)) ** 2, 0);

  it('are cells: every chip is of the nearest mean, the means are those of the cells, the variance is lower', () => {
    const random = seededRandom(11);
    const embeddings = embeddingsOf(
      Array.from({ length: 400 }, () => random() ** 2),
      1,
    );
    const tree = wardLinkage(squaredDistances(embeddings), 400);
    const start = cutDendrogram(tree, 5);
    const { labels, means, moved, passes } = settleClusters(embeddings, start, 5);
    expect([...nearestCentroids(embeddings, means)]).toEqual([...labels]);
    const sizes = [0, 1, 2, 3, 4].map((c) => labels.filter((label) => label === c).length);
    expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
    for (const c of [0, 1, 2, 3, 4]) {
      const own = [...embeddings.data].filter((_, i) => labels[i] === c);
      expect(means[c]).toBeCloseTo(own.reduce((a, b) => a + b, 0) / own.length, 12);
    }
    const before = settleClusters(embeddings, start, 5);
    expect(before.labels).toEqual(labels);
    const ward = varianceCurve(tree).find(({ clusters }) => clusters === 5)?.variance ?? 0;
    expect(varianceOf(embeddings, labels, means) / 400).toBeLessThan(ward);
    expect(moved).toBeGreaterThan(0);
    expect(passes).toBeGreaterThan(1);
  });

  it('stay as they are where every chip is at home, and none is emptied', () => {
    const embeddings = lattice(4, 20, 5);
    const start = Int32Array.from({ length: 80 }, (_, i) => i % 4);
    expect(settleClusters(embeddings, start, 4)).toMatchObject({ labels: start, passes: 1, moved: 0 });
    // Both chips of cluster 1 are nearest to the mean of cluster 0: Ward would not give this.
    const line = embeddingsOf([-1, 1, -9, 9], 1);
    const kept = settleClusters(line, Int32Array.of(0, 0, 1, 1), 2);
    expect(new Set(kept.labels).size).toBe(2);
  });
});

describe('samples', () => {
  const embeddings = lattice(5, 60, 3);
  const strata = Int32Array.from({ length: 300 }, (_, i) => Math.floor(i / 75));
  const options = { clusters: 5, seed: 9, strata, nameOf, sampleChips: 80 };

  it('give the rest of the chips to the nearest mean', () => {
    const sampled = clusterChips(embeddings, options);
    const whole = clusterChips(embeddings, { ...options, sampleChips: 300 });
    expect(sampled.sampled).toBe(80);
    expect(partition(sampled.labels)).toEqual(partition(whole.labels));
  });

  it('are the same with the same seed', () => {
    expect(clusterChips(embeddings, options)).toEqual(clusterChips(embeddings, options));
  });
});

describe('what cannot be clustered', () => {
  const options = { clusters: 3, seed: 1, strata: new Int32Array(8), nameOf };

  it('is named: a value that is no number', () => {
    const embeddings = lattice(2, 4, 1);
    embeddings.data[5] = Number.NaN;
    expect(() => clusterChips(embeddings, options)).toThrow(
      expect.objectContaining({
        code: 'EMBEDDING_NOT_FINITE',
        message: expect.stringContaining('chip chip 2 holds NaN at position 1 of 2') as string,
      }),
    );
  });

  it('is refused: fewer chips, or fewer different chips, than clusters', () => {
    const few = (embeddings: Embeddings, clusters: number | 'auto') => () =>
      clusterChips(embeddings, { ...options, clusters });
    const tooFew = expect.objectContaining({ code: 'TOO_FEW_CHIPS' }) as Error;
    const same = embeddingsOf(
      Array.from({ length: 16 }, () => 0.25),
      2,
    );
    expect(few(lattice(2, 1, 1), 3)).toThrow(tooFew);
    expect(few(embeddingsOf([], 2), 'auto')).toThrow(tooFew);
    expect(few(embeddingsOf([1, 2], 2), 'auto')).toThrow(tooFew);
    expect(few(same, 'auto')).toThrow(tooFew);
    // Two places, eight chips: two clusters, not three.
    const two = embeddingsOf(
      Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : 1)),
      2,
    );
    expect(few(two, 3)).toThrow(tooFew);
    expect(few(two, 'auto')()).toMatchObject({ clusters: 2 });
  });
});
