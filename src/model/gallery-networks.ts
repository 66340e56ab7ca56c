import { join } from 'node:path';
import { readGalleryWeights } from './read-weights.ts';
import { openVectorNetwork, type VectorNetwork } from './vector-network.ts';

/**
 * The encoder in the folder of a partition (or of an extractor): chips (batch, bands, height, width) to embeddings. Errors:
 * as of `readWeights` and `openVectorNetwork`.
 */
export const openGalleryEncoder = (folder: string, sha256: string): Promise<VectorNetwork> =>
  openOf(join(folder, 'encoder.onnx'), sha256, 4);

/** The hash network in the folder of a partition: embeddings (batch, dims) to activations of bits. Errors: as above. */
export const openHashNetwork = (folder: string, sha256: string): Promise<VectorNetwork> =>
  openOf(join(folder, 'hash.onnx'), sha256, 2);

async function openOf(file: string, sha256: string, rank: 2 | 4): Promise<VectorNetwork> {
  return openVectorNetwork(await readGalleryWeights(file, sha256), { file, threads: 1, rank });
}
