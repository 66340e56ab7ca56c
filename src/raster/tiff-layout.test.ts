import { describe, expect, test } from 'vitest';
import { readDirectories } from '../../tests/support/tiff-directories.ts';
import { randomInt, seededRandom } from '../core/random.ts';
import { layoutTiff, type TiffImage } from './tiff-layout.ts';
import { TAGS } from './tiff-tags.ts';

const image = (blocks: number, bytes: (block: number) => number): TiffImage => ({
  tags: [
    { tag: TAGS.imageWidth, type: 'long', values: [blocks * 512] },
    { tag: TAGS.imageLength, type: 'long', values: [512] },
    { tag: TAGS.gdalMetadata, type: 'ascii', values: 'odd length' },
  ],
  blockBytes: Uint32Array.from({ length: blocks }, (_, block) => bytes(block)),
});

describe.each(['classic', 'big'] as const)('a %s layout', (form) => {
  test('lists every block without gap or overlap, overviews first, and leaves out the empty ones', () => {
    const random = seededRandom(4);
    const images = [64, 16, 4, 1].map((blocks) =>
      image(blocks, () => (random() < 0.3 ? 0 : 1 + randomInt(random, 9000))),
    );
    const { header, fileBytes, blockOffsets } = layoutTiff(images, form);
    const directories = readDirectories(header);
    expect(directories.map(({ width }) => width / 512)).toEqual([64, 16, 4, 1]);
    expect(directories.map(({ at }) => at)).toEqual(directories.map(({ at }) => at).sort((a, b) => a - b));
    let position = header.length;
    for (const [index, { offsets, byteCounts }] of [...directories.entries()].reverse()) {
      expect(byteCounts).toEqual([...(images[index]?.blockBytes ?? [])]);
      expect(offsets).toEqual([...(blockOffsets[index] ?? [])]);
      offsets.forEach((offset, block) => {
        const bytes = byteCounts[block] ?? 0;
        expect(offset).toBe(bytes === 0 ? 0 : position);
        position += bytes;
      });
    }
    expect(fileBytes).toBe(position);
  });
});

test('a file of 4 GiB or more becomes a BigTIFF, whose offsets go beyond 32 bits', () => {
  const blocks = 50_000;
  const bytes = 300_000;
  const { form, header, fileBytes } = layoutTiff([image(blocks, () => bytes), image(1, () => 77)]);
  expect(form).toBe('big');
  const [base] = readDirectories(header);
  expect(base?.offsets).toHaveLength(blocks);
  base?.offsets.forEach((offset, block) => {
    if (offset !== header.length + 77 + block * bytes) throw new Error(`block ${block} lies at ${offset}`);
  });
  expect(fileBytes).toBe(header.length + 77 + blocks * bytes);
});

test('the limit between classic and big is 4 GiB of file, to the byte', () => {
  const half = 2 ** 31;
  const headerBytes = layoutTiff([image(2, () => half)], 'classic').header.length;
  expect(layoutTiff([image(2, (block) => half - block * (headerBytes + 1))]).form).toBe('classic');
  expect(layoutTiff([image(2, (block) => half - block * headerBytes)]).form).toBe('big');
});
