import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeFileExclusive } from '../core/atomic-file.ts';
import { digestOfBytes } from '../core/digest.ts';
import { workspaceError } from '../core/errors.ts';

/** Where a chip lies on its scene's grid, and the share of its pixels that hold data. */
export interface PlacedChip {
  readonly x: number;
  readonly y: number;
  readonly valid: number;
}

/**
 * What a task leaves: its chips, row by row, and `width` bytes for each: an embedding in float32, or a code, with its
 * novelty behind it (float32) where that was asked.
 */
export interface ChipPart {
  readonly content: 'embeddings' | 'codes';
  readonly chips: readonly PlacedChip[];
  readonly width: number;
  readonly data: Uint8Array;
}

const headSchema = z.object({
  version: z.literal(1),
  content: z.enum(['embeddings', 'codes']),
  width: z.int().positive(),
  chips: z.array(z.tuple([z.int(), z.int(), z.number()])),
});

/** Writes a part under its final name only if that is free: head's length (uint32), head (JSON), data. */
export async function writeChipPart(
  path: string,
  part: ChipPart,
): Promise<{ bytes: number; sha256: string }> {
  const { content, width, chips } = part;
  const head = Buffer.from(
    JSON.stringify({ version: 1, content, width, chips: chips.map(({ x, y, valid }) => [x, y, valid]) }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(head.length);
  const bytes = Buffer.concat([length, head, part.data]);
  await writeFileExclusive(path, bytes);
  return { bytes: bytes.length, sha256: digestOfBytes(bytes) };
}

/** Reads a part. Throws workspace error PART_DAMAGED. */
export async function readChipPart(path: string): Promise<ChipPart> {
  const bytes = await readFile(path);
  const head = parseHead(bytes, path);
  const data = bytes.subarray(4 + bytes.readUInt32LE(0));
  if (data.length !== head.width * head.chips.length) throw damaged(path);
  return { ...head, chips: head.chips.map(([x, y, valid]) => ({ x, y, valid })), data };
}

function parseHead(bytes: Buffer, path: string): z.infer<typeof headSchema> {
  try {
    return headSchema.parse(JSON.parse(bytes.subarray(4, 4 + bytes.readUInt32LE(0)).toString()));
  } catch (cause) {
    throw damaged(path, cause);
  }
}

const damaged = (path: string, cause?: unknown) =>
  workspaceError('PART_DAMAGED', `${path} is not the part that its marker promises.`, {
    hint: 'Remove it and run the same command again; it is computed anew.',
    context: { file: path },
    cause,
  });

/** The embeddings of a part as floats, whatever the alignment of its bytes. */
export const floatsOf = ({ data }: ChipPart): Float32Array => new Float32Array(Uint8Array.from(data).buffer);

export const bytesOfFloats = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
