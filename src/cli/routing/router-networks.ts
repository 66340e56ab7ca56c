import { join } from 'node:path';
import { readLooks, type Looks } from '../../embedding/looks.ts';
import { openVectorNetwork, type VectorNetwork } from '../../model/vector-network.ts';
import { LOOKS_FILE, partitionFolder } from '../../workspace/layout.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { readGalleryWeights } from '../../model/read-weights.ts';

/** What turns chips into codes, and the looks that they are compared with; null where the partition knows none. */
export interface RouterNetworks {
  readonly encoder: VectorNetwork;
  readonly hash: VectorNetwork;
  readonly looks: Looks | null;
}

/** Networks and looks of a routing's partition, checked against their digests. Throws contract error MODEL_CHANGED. */
export async function openRouterNetworks(
  root: string,
  { partition }: Pick<Routing, 'partition'>,
): Promise<RouterNetworks> {
  const folder = partitionFolder(root, partition.digest);
  const { unknown } = partition;
  const open = async (name: string, sha256: string, rank: 2 | 4): Promise<VectorNetwork> => {
    const file = join(folder, name);
    return openVectorNetwork(await readGalleryWeights(file, sha256), { file, threads: 1, rank });
  };
  return {
    encoder: await open('encoder.onnx', partition.encoder.sha256, 4),
    hash: await open('hash.onnx', partition.hash.sha256, 2),
    looks:
      unknown === undefined
        ? null
        : readLooks(await readGalleryWeights(join(folder, LOOKS_FILE), unknown.sha256), unknown.dims),
  };
}

export const closeRouterNetworks = ({ encoder, hash }: RouterNetworks): Promise<unknown> =>
  Promise.all([encoder.close(), hash.close()]);
