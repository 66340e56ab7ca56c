import { inputError, usageError } from '../core/errors.ts';

/** Feature vectors of chips: row i of `data` (count, dims) belongs to the chip `names[i]`. */
export interface Embeddings {
  readonly count: number;
  readonly dims: number;
  readonly data: Float32Array;
}

/**
 * Refuses embeddings that cannot be clustered: a value that is no finite number (input error EMBEDDING_NOT_FINITE, names
 * the chip), no chips at all (usage error TOO_FEW_CHIPS).
 */
export function checkEmbeddings({ count, dims, data }: Embeddings, nameOf: (row: number) => string): void {
  if (count === 0)
    throw usageError('TOO_FEW_CHIPS', 'There is not one chip to cluster.', {
      hint: 'Add scenes, or take a finer --gsd, so that the scenes hold whole chips.',
    });
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const row = Math.floor(bad / dims);
  throw inputError(
    'EMBEDDING_NOT_FINITE',
    `The embedding of chip ${nameOf(row)} holds ${String(data[bad])} at position ${bad % dims} of ${dims}.`,
    {
      hint: 'The extractor is damaged or was not made for such pixels; try another one.',
      context: { chip: nameOf(row), position: bad % dims },
    },
  );
}

/** The first `dims` numbers of every chip; the same embeddings where those are all. */
export function firstDims(embeddings: Embeddings, dims: number): Embeddings {
  const { count, data } = embeddings;
  if (dims === embeddings.dims) return embeddings;
  const kept = new Float32Array(count * dims);
  for (let row = 0; row < count; row += 1) {
    kept.set(data.subarray(row * embeddings.dims, row * embeddings.dims + dims), row * dims);
  }
  return { count, dims, data: kept };
}

/** The rows of some chips, in the order given. */
export function pickRows({ dims, data }: Embeddings, rows: Int32Array): Embeddings {
  const picked = new Float32Array(rows.length * dims);
  rows.forEach((row, i) => picked.set(data.subarray(row * dims, (row + 1) * dims), i * dims));
  return { count: rows.length, dims, data: picked };
}
