import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDirectories } from '../../tests/support/tiff-directories.ts';
import { temporaryFolder } from '../../tests/support/workspace.ts';
import { randomInt, seededRandom } from '../core/random.ts';
import { BlockEncoder } from './block-encoder.ts';
import { gdal } from './gdal.ts';
import { layoutTiff, type TiffImage } from './tiff-layout.ts';
import { TAGS, type TiffTag } from './tiff-tags.ts';

const image = (blocks: number, bytes: (block: number) => number): TiffImage => ({
  tags: [
    { tag: TAGS.imageWidth, type: 'long', values: [blocks * 512] },
    { tag: TAGS.imageLength, type: 'long', values: [512] },
    { tag: TAGS.gdalMetadata, type: 'ascii', values: 'odd length' },
  ],
  blockBytes: Uint32Array.from({ length: blocks }, (_, block) => bytes(block)),
  columns: blocks,
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

const byteTags = (width: number, height: number): TiffTag[] => [
  { tag: TAGS.imageWidth, type: 'long', values: [width] },
  { tag: TAGS.imageLength, type: 'long', values: [height] },
  { tag: TAGS.bitsPerSample, type: 'short', values: [8] },
  { tag: TAGS.compression, type: 'short', values: [8] },
  { tag: TAGS.photometric, type: 'short', values: [1] },
  { tag: TAGS.samplesPerPixel, type: 'short', values: [1] },
  { tag: TAGS.tileWidth, type: 'long', values: [512] },
  { tag: TAGS.tileLength, type: 'long', values: [512] },
];

test('GDAL reads a block that lies beyond 4 GiB (of a file with holes)', async () => {
  const folder = await temporaryFolder('big');
  try {
    const path = join(folder.path, 'big.tif');
    const pixels = new Uint8Array(512 * 512).map((_, at) => at % 251);
    const { bytes } = await new BlockEncoder(512).encode(pixels);
    const columns = 4_400;
    const blockBytes = Uint32Array.from({ length: columns }, (_, at) =>
      at + 1 < columns ? 1_000_000 : bytes.length,
    );
    const { header, blockOffsets, fileBytes } = layoutTiff([
      { tags: byteTags(columns * 512, 512), blockBytes, columns },
    ]);
    const last = blockOffsets[0]?.at(-1) ?? 0;
    expect(last).toBeGreaterThan(2 ** 32);
    const file = await open(path, 'w');
    await file.truncate(fileBytes);
    await file.write(header, 0, header.length, 0);
    await file.write(bytes, 0, bytes.length, last);
    await file.close();
    const dataset = gdal.open(path);
    const read = dataset.bands
      .get(1)
      .pixels.read((columns - 1) * 512, 0, 512, 512, new Uint8Array(pixels.length));
    dataset.close();
    expect(Buffer.compare(read, pixels)).toBe(0);
  } finally {
    await folder.remove();
  }
});
