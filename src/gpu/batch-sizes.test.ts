import { describe, expect, it } from 'vitest';
import { BatchSizes } from './batch-sizes.ts';

const CHIP = { c: 3, h: 512, w: 512 };
const EDGE = { c: 3, h: 512, w: 128 };

/** The sizes of so many runs on a device that takes `seconds(images)`; `there` images wait each time. */
function sizesOf(
  sizes: BatchSizes,
  runs: number,
  seconds: (images: number, run: number) => number,
  there = 64,
): number[] {
  return Array.from({ length: runs }, (_, run) => {
    const images = sizes.next(CHIP, there);
    sizes.ran(CHIP, images, seconds(images, run));
    return images;
  });
}

describe('the images of a batch', () => {
  it('double while that gives more a second, and go back when it does not', () => {
    // 10, 17, 26, 36, 44, 50, 53 and 55 images a second.
    const seen = sizesOf(new BatchSizes(), 27, (images) => 0.083 + images / 57, 1000);
    const three = (images: number) => [images, images, images];
    expect(seen).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 64].flatMap(three));
  });

  it('stay one where time is all in the pixels', () => {
    expect(sizesOf(new BatchSizes(), 10, (images) => images / 100)).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 1]);
  });

  it('are judged by the best run: the first tunes the device, some wait for others', () => {
    const slow = new Set([0, 3, 4, 7, 8]);
    const seen = sizesOf(new BatchSizes(), 9, (_, run) => (slow.has(run) ? 5 : 0.1));
    expect(seen).toEqual([1, 1, 1, 2, 2, 2, 4, 4, 4]);
  });

  it('are never more than are there, in powers of two, and do not grow unseen', () => {
    const sizes = new BatchSizes();
    expect(sizesOf(sizes, 20, () => 0.1, 7).slice(6)).toEqual(Array.from({ length: 14 }, () => 4));
    expect([1, 2, 3, 7].map((there) => sizes.next(CHIP, there))).toEqual([1, 2, 2, 4]);
    expect(sizesOf(sizes, 3, () => 0.1, 1000)).toEqual([8, 8, 8]);
  });

  it('are halved for good where memory ends', () => {
    const sizes = new BatchSizes();
    sizesOf(sizes, 9, () => 0.1);
    expect(sizes.next(CHIP, 64)).toBe(8);
    sizes.failed(CHIP, 8);
    sizes.failed(CHIP, 4);
    expect(sizesOf(sizes, 9, () => 0.1)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 2]);
  });

  it('may grow after one image alone had too little memory', () => {
    const sizes = new BatchSizes();
    sizes.failed(CHIP, 1);
    expect(sizesOf(sizes, 4, () => 0.1)).toEqual([1, 1, 1, 2]);
  });

  it('are learnt for each shape', () => {
    const sizes = new BatchSizes();
    sizesOf(sizes, 3, () => 0.1);
    expect([sizes.next(CHIP, 64), sizes.next(EDGE, 64)]).toEqual([2, 1]);
  });
});
