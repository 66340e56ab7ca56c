/** Added to every bucket, so that a scene of few chips is not far off for the buckets it happens to lack. */
const HALF_A_CHIP = 0.5;
/** An expected share below this counts as this: the index has a logarithm in it. */
const LEAST_SHARE = 1e-4;

/**
 * Population stability index of chips over buckets against what is expected: the sum over buckets of
 * (actual - expected) ln(actual / expected), half a chip added to each bucket. By common use below 0.1 nothing has moved,
 * above 0.25 much has. 0 where there are no chips.
 */
export function stabilityIndex(expectedShares: readonly number[], actual: readonly number[]): number {
  const total = actual.reduce((sum, n) => sum + n, 0);
  if (total === 0) return 0;
  const whole = total + HALF_A_CHIP * expectedShares.length;
  return expectedShares.reduce((sum, share, bucket) => {
    const expected = Math.max(LEAST_SHARE, share);
    const got = ((actual[bucket] ?? 0) + HALF_A_CHIP) / whole;
    return sum + (got - expected) * Math.log(got / expected);
  }, 0);
}
