import { bitOf, codeAt, codeText, type Codes } from './codes.ts';

/** Whether the bits of codes carry something, each its own. */
export interface BitStatistics {
  /** Share of ones of the bits: least, mean and greatest; 0.5 is best. */
  readonly balance: readonly [min: number, mean: number, max: number];
  /** |correlation| over pairs of bits that vary. */
  readonly correlation: { readonly mean: number; readonly max: number };
  readonly distinctCodes: number;
}

/** Statistics of all bits over some codes. Bits that are the same everywhere have no correlation and are left out of it. */
export function bitStatistics(codes: Codes): BitStatistics {
  const { count, bytes } = codes;
  const bits = bytes * 8;
  const ones = new Float64Array(bits);
  const both = new Float64Array(bits * bits);
  const names = new Set<string>();
  for (let code = 0; code < count; code += 1) {
    names.add(codeText(codeAt(codes, code)));
    const set = Array.from({ length: bits }, (_, bit) => bit).filter((bit) => bitOf(codes, code, bit) === 1);
    for (const i of set) {
      ones[i] = (ones[i] as number) + 1;
      for (const j of set) both[i * bits + j] = (both[i * bits + j] as number) + 1;
    }
  }
  const shares = ones.map((sum) => sum / count);
  const correlations: number[] = [];
  for (let i = 0; i < bits; i += 1) {
    for (let j = i + 1; j < bits; j += 1) {
      const [p, q] = [shares[i] as number, shares[j] as number];
      const spread = Math.sqrt(p * (1 - p) * q * (1 - q));
      if (spread > 0) correlations.push(Math.abs((both[i * bits + j] as number) / count - p * q) / spread);
    }
  }
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  return {
    balance: [Math.min(...shares), mean(shares), Math.max(...shares)],
    correlation:
      correlations.length === 0
        ? { mean: 0, max: 0 }
        : { mean: mean(correlations), max: Math.max(...correlations) },
    distinctCodes: names.size,
  };
}
