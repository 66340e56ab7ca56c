import { describe, expect, it } from 'vitest';
import { isUnknown } from './unknown-chip.ts';

const rule = { sha256: 'ab', count: 4, dims: 2, limit: 1.5, knownShare: 0.95 };

describe('an unknown chip', () => {
  it('looks newer than the limit, however near its bucket is', () => {
    const test = { farBits: 5, unknown: rule };
    expect(isUnknown(test, { distance: 0, novelty: 1.6 })).toBe(true);
    expect(isUnknown(test, { distance: 32, novelty: 1.5 })).toBe(false);
  });

  it('is far from its bucket where nothing is known of looks', () => {
    expect(isUnknown({ farBits: 5 }, { distance: 5, novelty: null })).toBe(false);
    expect(isUnknown({ farBits: 5 }, { distance: 6, novelty: null })).toBe(true);
    expect(isUnknown({ farBits: 5, unknown: rule }, { distance: 6, novelty: null })).toBe(true);
  });
});
