import { blockOrder } from './block-order.ts';
import { encodeTiffHeader, tiffHeaderBytes, type TiffForm } from './tiff-header.ts';
import { TAGS, type TiffTag } from './tiff-tags.ts';

/** One image of a TIFF (the base or an overview): its tags without those of its blocks, and its blocks' byte counts. */
export interface TiffImage {
  readonly tags: readonly TiffTag[];
  /** Bytes of each block, row by row; 0: the block is absent, all no-data. */
  readonly blockBytes: Uint32Array;
  /** Blocks in a row. */
  readonly columns: number;
}

export interface TiffLayout {
  readonly form: TiffForm;
  /** Everything in front of the first block. */
  readonly header: Buffer;
  /** Per image, where each block starts; 0 where it is absent. */
  readonly blockOffsets: readonly Float64Array[];
  readonly fileBytes: number;
}

/** Files from this size on need 64-bit offsets. */
const CLASSIC_LIMIT = 2 ** 32;

/**
 * Where everything goes in a Cloud Optimized GeoTIFF: all directories first, then the blocks of the smallest overview,
 * and so on to the base's, each image's in `blockOrder`, without gaps. Arithmetic only. `form` null: classic below 4 GiB.
 */
export function layoutTiff(images: readonly TiffImage[], form: TiffForm | null = null): TiffLayout {
  const chosen = form ?? (fileBytes(images, 'classic') < CLASSIC_LIMIT ? 'classic' : 'big');
  const blockOffsets = images.map(({ blockBytes }) => new Float64Array(blockBytes.length));
  const directories = images.map((image, index) =>
    withBlocks(image, { offsets: blockOffsets[index], form: chosen }),
  );
  let position = tiffHeaderBytes(directories, chosen);
  for (let index = images.length - 1; index >= 0; index--) {
    const offsets = blockOffsets[index] as Float64Array;
    const { blockBytes, columns } = images[index] as TiffImage;
    for (const block of blockOrder({ columns, rows: blockBytes.length / columns })) {
      const bytes = blockBytes[block] ?? 0;
      if (bytes > 0) offsets[block] = position;
      position += bytes;
    }
  }
  return { form: chosen, header: encodeTiffHeader(directories, chosen), blockOffsets, fileBytes: position };
}

function fileBytes(images: readonly TiffImage[], form: TiffForm): number {
  const directories = images.map((image) => withBlocks(image, { offsets: image.blockBytes, form }));
  return images.reduce(
    (sum, { blockBytes }) => blockBytes.reduce((bytes, one) => bytes + one, sum),
    tiffHeaderBytes(directories, form),
  );
}

function withBlocks(
  image: TiffImage,
  blocks: { offsets: ArrayLike<number> | undefined; form: TiffForm },
): TiffTag[] {
  return [
    ...image.tags,
    { tag: TAGS.tileOffsets, type: blocks.form === 'big' ? 'long8' : 'long', values: blocks.offsets ?? [] },
    { tag: TAGS.tileByteCounts, type: 'long', values: image.blockBytes },
  ];
}
