import { z } from 'zod';
import { writeFileExclusive } from '../core/atomic-file.ts';
import { canonicalJson, digestOf } from '../core/digest.ts';
import { sceneCodesFile } from './layout.ts';
import { readByDigest } from './routings.ts';

/**
 * `routings/codes/<digest>.json`: the codes that the image gallery has of a scene's chips, for maps that need not make
 * them again. Never changed.
 */
export const sceneCodesSchema = z.object({
  version: z.literal(1),
  scene: z.string(),
  partition: z.string(),
  /** Chips of the gallery across the scene. */
  columns: z.int().positive(),
  chips: z.int().nonnegative(),
  codeBytes: z.int().positive(),
  /** Base64, little-endian, of all chips with a code: uint32 of row x columns + column; codes; float32, or null where it was not asked. */
  places: z.base64(),
  codes: z.base64(),
  novelty: z.base64().nullable(),
});
export type SceneCodesRecord = z.infer<typeof sceneCodesSchema>;

/** A chip with a code, by its place in the gallery's lattice of a scene. */
export interface CodedChip {
  readonly column: number;
  readonly row: number;
  readonly code: Uint8Array;
  /** null: not asked when it was coded. */
  readonly novelty: number | null;
}

/** The record of a scene's codes; `chips` are those that have one. */
export function sceneCodesRecord(
  about: Pick<SceneCodesRecord, 'scene' | 'partition' | 'columns' | 'codeBytes'>,
  chips: readonly CodedChip[],
): SceneCodesRecord {
  const numbers = (write: (bytes: Buffer, chip: CodedChip, at: number) => void): string => {
    const bytes = Buffer.alloc(4 * chips.length);
    chips.forEach((chip, i) => write(bytes, chip, 4 * i));
    return bytes.toString('base64');
  };
  const asked = chips.every(({ novelty }) => novelty !== null);
  return {
    version: 1,
    ...about,
    chips: chips.length,
    places: numbers((bytes, { column, row }, at) => bytes.writeUInt32LE(row * about.columns + column, at)),
    codes: Buffer.concat(chips.map(({ code }) => code)).toString('base64'),
    novelty: asked ? numbers((bytes, { novelty }, at) => bytes.writeFloatLE(novelty ?? 0, at)) : null,
  };
}

/** Stores a scene's codes under their digest, which it returns. */
export async function writeSceneCodes(root: string, record: SceneCodesRecord): Promise<string> {
  const digest = digestOf(record);
  await writeFileExclusive(sceneCodesFile(root, digest), `${canonicalJson(record)}\n`);
  return digest;
}

/** What a scene's chips were given when they were coded. */
export class SceneCodes {
  readonly #columns: number;
  readonly #bytes: number;
  readonly #codes: Uint8Array;
  readonly #novelty: DataView | null;
  readonly #indices = new Map<number, number>();

  constructor({ columns, chips, codeBytes, places, codes, novelty }: SceneCodesRecord) {
    const at = Buffer.from(places, 'base64');
    this.#columns = columns;
    this.#bytes = codeBytes;
    this.#codes = Buffer.from(codes, 'base64');
    this.#novelty = novelty === null ? null : viewOf(Buffer.from(novelty, 'base64'));
    for (let i = 0; i < chips; i += 1) this.#indices.set(at.readUInt32LE(4 * i), i);
  }

  /** null: it held too little data for a code. */
  at({ column, row }: Pick<CodedChip, 'column' | 'row'>): Pick<CodedChip, 'code' | 'novelty'> | null {
    const index = this.#indices.get(row * this.#columns + column);
    if (index === undefined) return null;
    const code = this.#codes.subarray(index * this.#bytes, (index + 1) * this.#bytes);
    return { code, novelty: this.#novelty?.getFloat32(4 * index, true) ?? null };
  }
}

const viewOf = ({ buffer, byteOffset, byteLength }: Buffer): DataView =>
  new DataView(buffer, byteOffset, byteLength);

/** The codes of that digest. Throws workspace errors ROUTING_MISSING and ROUTING_CHANGED. */
export const readSceneCodes = async (root: string, digest: string): Promise<SceneCodes> =>
  new SceneCodes(await readByDigest(sceneCodesFile(root, digest), sceneCodesSchema, digest));
