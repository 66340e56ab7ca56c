import type { BlockData, BlockType } from './pixel-block.ts';
import type { RasterBand } from './gdal.ts';
import type { SampleType } from './source-record.ts';

/** Pixels as they come from GDAL, before they are made a block. */
export type NativeArray = Uint8Array | Uint16Array | Int16Array | Float32Array | Float64Array;

/** How a source's sample type is read and handed on. */
export interface NativeType {
  readonly sample: SampleType;
  readonly block: BlockType;
  /** Bytes of a sample in the file, as GDAL decodes it. */
  readonly bytes: number;
  /** GDAL before 3.7 gives int8 as bytes. */
  readonly signedByte: boolean;
  /** Read as float64, since float32 would blur no-data values. */
  readonly wide: boolean;
}

const type = (sample: SampleType, block: BlockType, bytes: number, wide = false): NativeType => ({
  sample,
  block,
  bytes,
  wide,
  signedByte: false,
});

const BY_GDAL_NAME: Readonly<Record<string, NativeType>> = {
  Byte: type('uint8', 'uint8', 1),
  Int8: type('int8', 'int16', 1),
  UInt16: type('uint16', 'uint16', 2),
  Int16: type('int16', 'int16', 2),
  UInt32: type('uint32', 'float32', 4, true),
  Int32: type('int32', 'float32', 4, true),
  UInt64: type('uint64', 'float32', 8, true),
  Int64: type('int64', 'float32', 8, true),
  Float16: type('float32', 'float32', 2),
  Float32: type('float32', 'float32', 4),
  Float64: type('float64', 'float32', 8, true),
};

/**
 * The type of one band, or null where it is complex or unknown. `structure` is the dataset's IMAGE_STRUCTURE metadata:
 * inks (CMYK) that a file calls signed are read as the unsigned bytes they are, as GDAL does from 3.7 on.
 */
export function nativeTypeOf(
  band: RasterBand,
  structure: Readonly<Record<string, string>>,
): NativeType | null {
  const found = BY_GDAL_NAME[band.dataType ?? ''];
  if (found === undefined) return null;
  const own = band.getMetadata('IMAGE_STRUCTURE') as Record<string, string> | null;
  const signed = own?.['PIXELTYPE'] === 'SIGNEDBYTE' && structure['SOURCE_COLOR_SPACE'] !== 'CMYK';
  return found.sample === 'uint8' && signed ? { ...type('int8', 'int16', 1), signedByte: true } : found;
}

/** An array that GDAL fills for this type. */
export function nativeArray(native: NativeType, length: number): NativeArray {
  if (native.wide) return new Float64Array(length);
  if (native.signedByte) return new Uint8Array(length);
  return blockArray(native.block, length);
}

/** A zeroed array of a block's type. */
export function blockArray(type: BlockType, length: number): BlockData {
  switch (type) {
    case 'uint8':
      return new Uint8Array(length);
    case 'uint16':
      return new Uint16Array(length);
    case 'int16':
      return new Int16Array(length);
    case 'float32':
      return new Float32Array(length);
  }
}

/** The block type that an array holds. */
export function blockTypeOf(data: BlockData): BlockType {
  if (data instanceof Uint8Array) return 'uint8';
  if (data instanceof Uint16Array) return 'uint16';
  return data instanceof Int16Array ? 'int16' : 'float32';
}

/** The smallest and largest value of a block type that is an integer; null for float32. */
export function integerRange(type: BlockType): readonly [number, number] | null {
  switch (type) {
    case 'uint8':
      return [0, 255];
    case 'uint16':
      return [0, 65535];
    case 'int16':
      return [-32768, 32767];
    case 'float32':
      return null;
  }
}

/** Where bands differ in type, the narrowest block type that holds all of them exactly (float32 at worst). */
export function commonBlockType(types: readonly NativeType[]): BlockType {
  const blocks = new Set(types.map((t) => t.block));
  if (blocks.size === 1) return [...blocks][0] ?? 'float32';
  if (blocks.has('float32')) return 'float32';
  if (!blocks.has('int16')) return 'uint16';
  return blocks.has('uint16') ? 'float32' : 'int16';
}
