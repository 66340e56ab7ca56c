import type { Dendrogram } from './ward-linkage.ts';

/** The average intra-cluster variance at one number of clusters. */
export interface VariancePoint {
  readonly clusters: number;
  /** Mean over chips of the squared distance to their cluster's mean. */
  readonly variance: number;
}

/** The curve is taken from one cluster to this many. */
export const MOST_CLUSTERS = 20;

/**
 * The average intra-cluster variance for 1 to `most` clusters of a Ward tree. Read off the heights: a merge at height h
 * adds h^2 / 2 to the sum of squared distances.
 */
export function varianceCurve({ count, height }: Dendrogram, most = MOST_CLUSTERS): VariancePoint[] {
  const curve: VariancePoint[] = [];
  let sum = 0;
  for (let merges = 0; merges < count; merges += 1) {
    if (merges > 0) sum += (height[merges - 1] as number) ** 2 / 2;
    const clusters = count - merges;
    if (clusters <= most) curve.push({ clusters, variance: sum / count });
  }
  return curve.reverse();
}

/** Variances below this share of the first count as this: identical chips leave none, and 0 has no logarithm. */
const LEAST_SHARE = 1e-6;

/**
 * The number of clusters at the curve's elbow. The paper chooses by the average intra-cluster variance over a range (its
 * section III); the rule that makes this exact is ours: the logarithm of the variance (so that halving it counts the same
 * everywhere) over the number of clusters, both scaled to 0..1 over the range; a chord joins the first and the last
 * point, and the point farthest below it is taken; ties go to fewer clusters. At least 2; where no point is below the
 * chord, 2.
 */
export function elbow(curve: readonly VariancePoint[]): number {
  const [first, last] = [curve[0], curve.at(-1)];
  if (first === undefined || last === undefined) throw new RangeError('an elbow of no points');
  const level = ({ variance }: VariancePoint) => Math.log(Math.max(variance / first.variance, LEAST_SHARE));
  const [width, drop] = [last.clusters - first.clusters, level(first) - level(last)];
  let best = { clusters: Math.min(2, last.clusters), below: 0 };
  if (!(drop > 0)) return best.clusters;
  for (const point of curve) {
    const below = 1 - (point.clusters - first.clusters) / width - (level(point) - level(last)) / drop;
    if (point.clusters >= 2 && below > best.below + 1e-12) best = { clusters: point.clusters, below };
  }
  return best.clusters;
}
