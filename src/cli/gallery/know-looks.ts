import { stratifiedSample } from '../../clustering/stratified-sample.ts';
import { digestOfBytes } from '../../core/digest.ts';
import { looksOf, noveltyOf, quantileOf, type Looks } from '../../embedding/looks.ts';
import { bytesOfFloats } from '../../embedding/chip-part.ts';
import type { UnknownRule } from '../../workspace/partition-record.ts';

/** Chips that new ones are compared with. */
const MOST_KNOWN = 2048;
/** Of the chips of the fit so many are not marked as unknown; what is marked beyond that in a new scene is news. */
const KNOWN_SHARE = 0.95;

/** What a partition knows of looks: `looks.bin` (float32, little-endian), and the rule that marks chips by it. */
export interface KnownLooks {
  readonly rule: UnknownRule;
  readonly bytes: Uint8Array;
}

/**
 * The looks that count as known, a sample of the fit's chips that keeps every scene's share, and the distance beyond which
 * a chip is unknown: 95 of 100 chips of the fit lie nearer to one of the others. Where an encoder says only what is in
 * a chip, that is compared.
 */
export function knowLooks(
  embeddings: Looks,
  { contentDims, scenes, seed }: { contentDims: number; scenes: Int32Array; seed: number },
): KnownLooks {
  const looks = looksOf(embeddings, embeddings.dims - contentDims || contentDims);
  const rows = stratifiedSample(scenes, MOST_KNOWN, seed);
  const data = new Float32Array(rows.length * looks.dims);
  rows.forEach((row, i) =>
    data.set(looks.data.subarray(row * looks.dims, (row + 1) * looks.dims), i * looks.dims),
  );
  const known = { count: rows.length, dims: looks.dims, data };
  const places = new Map([...rows].map((row, i) => [row, i]));
  const limit = quantileOf(
    noveltyOf(looks, known, (chip) => places.get(chip) ?? -1),
    KNOWN_SHARE,
  );
  const bytes = bytesOfFloats(data);
  const { count, dims } = known;
  return { rule: { sha256: digestOfBytes(bytes), count, dims, limit, knownShare: KNOWN_SHARE }, bytes };
}
