import { join } from 'node:path';
import { openVectorNetwork, type VectorNetwork } from '../../model/vector-network.ts';
import { partitionFolder } from '../../workspace/layout.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { readNetwork } from '../chip-worker.ts';

/** What turns chips into codes. */
export interface RouterNetworks {
  readonly encoder: VectorNetwork;
  readonly hash: VectorNetwork;
}

/** The networks of a routing's partition, checked against their digests. Throws contract error MODEL_CHANGED. */
export async function openRouterNetworks(
  root: string,
  { partition }: Pick<Routing, 'partition'>,
): Promise<RouterNetworks> {
  const open = async (name: string, sha256: string, rank: 2 | 4): Promise<VectorNetwork> => {
    const file = join(partitionFolder(root, partition.digest), name);
    return openVectorNetwork(await readNetwork(file, sha256), { file, threads: 1, rank });
  };
  return {
    encoder: await open('encoder.onnx', partition.encoder.sha256, 4),
    hash: await open('hash.onnx', partition.hash.sha256, 2),
  };
}
