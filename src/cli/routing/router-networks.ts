import { join } from 'node:path';
import { readLooks, type Looks } from '../../embedding/looks.ts';
import { openGalleryEncoder, openHashNetwork } from '../../model/gallery-networks.ts';
import type { VectorNetwork } from '../../model/vector-network.ts';
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
  return {
    encoder: await openGalleryEncoder(folder, partition.encoder.sha256),
    hash: await openHashNetwork(folder, partition.hash.sha256),
    looks:
      unknown === undefined
        ? null
        : readLooks(await readGalleryWeights(join(folder, LOOKS_FILE), unknown.sha256), unknown.dims),
  };
}

export const closeRouterNetworks = ({ encoder, hash }: RouterNetworks): Promise<unknown> =>
  Promise.all([encoder.close(), hash.close()]);
