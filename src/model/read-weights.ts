import { readFile } from 'node:fs/promises';
import { digestOfBytes } from '../core/digest.ts';
import { contractError, inputError, systemErrorCode } from '../core/errors.ts';

/**
 * The bytes of a file, usually weights, that a record names by their digest; `again` is how to have them made again. Throws
 * input error MODEL_MISSING and contract error MODEL_CHANGED.
 */
export async function readWeights(file: string, sha256: string, again: string): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw inputError('MODEL_MISSING', `The weights ${file} are gone.`, {
      hint: `Restore the file, or ${again}.`,
      context: { file },
      cause: error,
    });
  });
  const actual = digestOfBytes(bytes);
  if (actual === sha256) return bytes;
  throw contractError(
    'MODEL_CHANGED',
    `${file} is not the file its record was made for: its bytes have changed.`,
    {
      hint: `Restore the file, or ${again}; a map must name the weights that made it.`,
      context: { file, limit: sha256, actual, bytes: bytes.byteLength },
    },
  );
}

/** As `readWeights`, of a file of the image gallery: encoder, hash network, known looks. */
export const readGalleryWeights = (file: string, sha256: string): Promise<Uint8Array> =>
  readWeights(file, sha256, 'build the gallery again');
