import { describe, expect, it } from 'vitest';
import { bucketNeeds, suggestChips, type Candidate } from './suggest-chips.ts';

const bitsBetween = (a: Uint8Array, b: Uint8Array) =>
  [...a].reduce((sum, byte, i) => sum + (byte ^ (b[i] ?? 0)).toString(2).replaceAll('0', '').length, 0);
const chip = (scene: string, bucket: number, byte: number, more: Partial<Candidate> = {}): Candidate => ({
  scene,
  bucket,
  code: Uint8Array.of(byte, 0),
  labelled: false,
  uncertainty: null,
  ...more,
});
const options = { budget: 10, codeBits: 16, bitsBetween };
const chosen = (chips: readonly Candidate[], budget = 10) =>
  suggestChips(chips, bucketNeeds(chips, 3), { ...options, budget }).map((found) => found.chip);

describe('buckets to label', () => {
  it('are large, unsure, and have few labelled scenes', () => {
    const labelled = { labelled: true };
    const chips = [
      ...Array.from({ length: 6 }, (_, i) => chip('a', 0, i, { uncertainty: 0.2 })),
      chip('b', 0, 9, { ...labelled, uncertainty: 0.2 }),
      chip('b', 0, 10, { ...labelled, uncertainty: 0.2 }),
      ...Array.from({ length: 2 }, (_, i) => chip('c', 1, i, { uncertainty: 0.8 })),
    ];
    const needs = bucketNeeds(chips, 3);
    expect(needs.map(({ bucket }) => bucket)).toEqual([1, 0, 2]);
    expect(needs[0]).toMatchObject({ chips: 2, share: 0.2, labelledScenes: 0, uncertainty: 0.8 });
    expect(needs[0]?.gain).toBeCloseTo(0.2 * 0.8, 12);
    // Two labelled chips of one scene are one scene.
    expect(needs[1]).toMatchObject({ labelledChips: 2, labelledScenes: 1 });
    expect(needs[1]?.gain).toBeCloseTo((0.8 / 2) * 0.2, 12);
    expect(needs[2]).toMatchObject({ chips: 0, gain: 0, uncertainty: null });
  });
});

describe('chips to label', () => {
  it('are never those that are labelled, and end where there are no others', () => {
    const chips = [chip('a', 0, 0, { labelled: true }), chip('a', 0, 255), chip('b', 0, 15)];
    expect(chosen(chips)).toEqual([2, 1]);
    expect(chosen(chips, 1)).toEqual([2]);
    expect(chosen([])).toEqual([]);
  });

  it('are far from what is labelled, and from each other', () => {
    const chips = [
      chip('a', 0, 0b0000_0000, { labelled: true }),
      chip('b', 0, 0b0000_0011),
      chip('c', 0, 0b1111_1111),
      chip('d', 0, 0b1111_1110),
      chip('e', 0, 0b0000_1111),
    ];
    // First the one 8 bits off; then that of 4 bits from both it and the labelled one, not its neighbour of 7 bits.
    const found = suggestChips(chips, bucketNeeds(chips, 1), options);
    expect(found.map((one) => one.chip)).toEqual([2, 4, 1, 3]);
    expect(found.map(({ bits }) => bits)).toEqual([8, 4, 2, 1]);
    expect(found.every(({ gain }, i) => gain <= (found[i - 1]?.gain ?? 1))).toBe(true);
  });

  it('are of buckets and scenes that nothing was suggested of, before others', () => {
    const chips = [
      chip('a', 0, 0b0000_0000),
      chip('a', 0, 0b0000_1111),
      chip('b', 0, 0b0000_0001),
      chip('b', 1, 0b1111_1110),
      chip('c', 1, 0b0111_1110),
      chip('c', 0, 0b0000_0011),
    ];
    // The other bucket before what is as new in this one; then scene c, not the chip of scene a that is farther off.
    expect(chosen(chips, 3)).toEqual([0, 3, 5]);
    // Where scene b has labels, the chip of c is worth more, though that of b is farther from them.
    const labelled = chips.map((one, i) => (i === 2 ? { ...one, labelled: true } : one));
    expect(chosen(labelled, 1)).toEqual([4]);
  });

  it('are unsure ones first, and one only of what a scene repeats', () => {
    const chips = [
      chip('a', 0, 7, { uncertainty: 0.1 }),
      chip('a', 0, 7, { uncertainty: 0.9 }),
      chip('a', 0, 6, { uncertainty: 0.5 }),
      chip('b', 0, 7, { uncertainty: 0.4 }),
    ];
    const found = suggestChips(chips, bucketNeeds(chips, 1), options);
    expect(found.map((one) => one.chip)).toEqual([1, 3]);
    // Nothing is labelled: there is no distance to it.
    expect(found.map(({ bits }) => bits)).toEqual([null, 0]);
  });
});
