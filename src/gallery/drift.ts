/** A share below this counts as this: the index has a logarithm in it. */
const LEAST_SHARE = 1e-4;

/**
 * Population stability index of chips over buckets against what is expected: the sum over buckets of
 * (actual - expected) ln(actual / expected). By common use below 0.1 nothing has moved, above 0.25 much has. 0 where there
 * are no chips.
 */
export function stabilityIndex(expectedShares: readonly number[], actual: readonly number[]): number {
  const total = actual.reduce((sum, n) => sum + n, 0);
  if (total === 0) return 0;
  return expectedShares.reduce((sum, share, bucket) => {
    const [expected, got] = [share, (actual[bucket] ?? 0) / total].map((value) =>
      Math.max(LEAST_SHARE, value),
    );
    return sum + ((got ?? 0) - (expected ?? 0)) * Math.log((got ?? 1) / (expected ?? 1));
  }, 0);
}
