import { TIFF_TYPES, type TiffTag } from './tiff-tags.ts';

/** Sizes that differ between classic TIFF (offsets of 4 bytes) and BigTIFF (of 8). */
const FORMS = {
  classic: { head: 8, count: 2, entry: 12, offset: 4 },
  big: { head: 16, count: 8, entry: 20, offset: 8 },
} as const;
export type TiffForm = keyof typeof FORMS;

/** Bytes of header and directories together with all their values; depends on counts only, never on the values. */
export function tiffHeaderBytes(directories: readonly (readonly TiffTag[])[], form: TiffForm): number {
  return directories.reduce<number>((sum, tags) => sum + directoryBytes(tags, form), FORMS[form].head);
}

/**
 * Header and directories, one behind the other in the given order, each followed by its values: the front of a Cloud
 * Optimized GeoTIFF. Little-endian; tags are sorted; values start at even offsets.
 */
export function encodeTiffHeader(directories: readonly (readonly TiffTag[])[], form: TiffForm): Buffer {
  const out = Buffer.alloc(tiffHeaderBytes(directories, form));
  out.write('II', 0, 'latin1');
  const { head } = FORMS[form];
  if (form === 'classic') {
    out.writeUInt16LE(42, 2);
    out.writeUInt32LE(head, 4);
  } else {
    out.writeUInt16LE(43, 2);
    out.writeUInt16LE(8, 4);
    out.writeBigUInt64LE(BigInt(head), 8);
  }
  let start: number = head;
  directories.forEach((tags, index) => {
    const end = start + directoryBytes(tags, form);
    writeDirectory(out, tags, { start, form, next: index + 1 < directories.length ? end : 0 });
    start = end;
  });
  return out;
}

interface DirectoryPlace {
  readonly start: number;
  readonly form: TiffForm;
  /** Offset of the next directory, or 0. */
  readonly next: number;
}

const valueCount = (tag: TiffTag): number =>
  typeof tag.values === 'string' ? Buffer.byteLength(tag.values) + 1 : tag.values.length;

const valueBytes = (tag: TiffTag): number => valueCount(tag) * TIFF_TYPES[tag.type].bytes;

const even = (bytes: number): number => bytes + (bytes % 2);

function fixedBytes(tags: readonly TiffTag[], form: TiffForm): number {
  const { count, entry, offset } = FORMS[form];
  return count + entry * tags.length + offset;
}

function directoryBytes(tags: readonly TiffTag[], form: TiffForm): number {
  const outside = tags.map(valueBytes).filter((bytes) => bytes > FORMS[form].offset);
  return outside.reduce((sum, bytes) => sum + even(bytes), fixedBytes(tags, form));
}

function writeDirectory(out: Buffer, tags: readonly TiffTag[], { start, form, next }: DirectoryPlace): void {
  const { count, entry, offset } = FORMS[form];
  writeCount(out, tags.length, { at: start, bytes: count });
  let values = start + fixedBytes(tags, form);
  [...tags]
    .sort((a, b) => a.tag - b.tag)
    .forEach((tag, index) => {
      const at = start + count + index * entry;
      out.writeUInt16LE(tag.tag, at);
      out.writeUInt16LE(TIFF_TYPES[tag.type].code, at + 2);
      writeCount(out, valueCount(tag), { at: at + 4, bytes: offset });
      const inline = valueBytes(tag) <= offset;
      writeValues(out, tag, inline ? at + 4 + offset : values);
      if (inline) return;
      writeCount(out, values, { at: at + 4 + offset, bytes: offset });
      values += even(valueBytes(tag));
    });
  writeCount(out, next, { at: start + count + entry * tags.length, bytes: offset });
}

function writeCount(out: Buffer, value: number, { at, bytes }: { at: number; bytes: 2 | 4 | 8 }): void {
  if (bytes === 8) out.writeBigUInt64LE(BigInt(value), at);
  else out.writeUIntLE(value, at, bytes);
}

function writeValues(out: Buffer, { values, type }: TiffTag, start: number): void {
  if (typeof values === 'string') {
    out.write(values, start, 'utf8');
    return;
  }
  const { bytes } = TIFF_TYPES[type];
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number;
    const at = start + index * bytes;
    if (type === 'double') out.writeDoubleLE(value, at);
    else if (bytes === 1) out.writeUInt8(value, at);
    else writeCount(out, value, { at, bytes });
  }
}
