import { clusterChips, SAMPLE_CHIPS, type Clustering } from '../../clustering/cluster-chips.ts';
import { firstDims, pickRows, type Embeddings } from '../../clustering/embeddings.ts';
import { clusterMeans } from '../../clustering/nearest-centroid.ts';
import { squaredDistance } from '../../clustering/squared-distances.ts';
import { stratifiedSample } from '../../clustering/stratified-sample.ts';
import { holdOut } from '../../gallery/hold-out.ts';
import { nameBuckets, nearestBuckets, type Assignment, type NamedBuckets } from '../../hashing/buckets.ts';
import { codeAt, codeText, type Codes } from '../../hashing/codes.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import { judgeCodes } from './judge-codes.ts';
import { knowLooks, type KnownLooks } from './know-looks.ts';
import type { HashRequest, MadeHash } from './make-hash.ts';

/** The chips that a partition is fitted on. */
export interface FitInput {
  readonly embeddings: Embeddings;
  /** So many of an embedding's first numbers say what is in the chip. */
  readonly contentDims: number;
  /** The scene of each chip, an index; and each scene's place. */
  readonly scenes: Int32Array;
  readonly placeOf: (scene: number) => string;
  readonly nameOf: (chip: number) => string;
  readonly clusters: number | 'auto';
  readonly bits: number;
  readonly seed: number;
}

export interface Fit {
  readonly hash: MadeHash;
  readonly clustering: Clustering;
  readonly centroids: Codes;
  readonly buckets: Partition['buckets'];
  readonly quality: Partition['quality'];
  readonly looks: KnownLooks;
}

/**
 * Clusters chips by their content, has the hash network trained on the clusters of the sample, and votes for the buckets'
 * centroid codes. Deterministic, given the trainer. Throws the errors of `clusterChips` and the trainer.
 */
export async function fitPartition(
  input: FitInput,
  makeHash: (request: HashRequest) => Promise<MadeHash>,
): Promise<Fit> {
  const { seed, bits, contentDims } = input;
  const content = firstDims(input.embeddings, contentDims);
  const clustering = clusterChips(content, {
    clusters: input.clusters,
    seed,
    strata: input.scenes,
    nameOf: input.nameOf,
  });
  const rows = stratifiedSample(input.scenes, SAMPLE_CHIPS, seed);
  const sample = pickRows(input.embeddings, rows);
  const clusters = rows.map((row) => clustering.labels[row] as number);
  const places = Array.from(rows, (row) => input.placeOf(input.scenes[row] as number));
  const held = holdOut(places, clusters, seed);
  const { means } = clustering;
  const validation = held.group;
  const hash = await makeHash({ embeddings: sample, contentDims, clusters, means, validation, bits, seed });
  const codes = { count: sample.count, bytes: bits / 8, data: await hash.codes(sample) };
  const named = nameBuckets(codes, clusters, clustering.clusters);
  const assigned = nearestBuckets(codes, named.centroids);
  return {
    hash,
    clustering,
    centroids: named.centroids,
    buckets: describeBuckets(pickRows(content, rows), named, assigned),
    looks: knowLooks(sample, { contentDims, scenes: rows.map((row) => input.scenes[row] as number), seed }),
    quality: judgeCodes({ codes, clusters, held, named, assigned }),
  };
}

function describeBuckets(
  sample: Embeddings,
  { centroids, bucketOf }: NamedBuckets,
  { bucket }: Assignment,
): Partition['buckets'] {
  const { dims } = sample;
  const means = clusterMeans(sample, bucket, centroids.count);
  const sizes = new Array<number>(centroids.count).fill(0);
  const sums = new Array<number>(centroids.count).fill(0);
  bucket.forEach((b, chip) => {
    sizes[b] = (sizes[b] ?? 0) + 1;
    sums[b] = (sums[b] ?? 0) + squaredDistance(sample.data, chip * dims, means, { at: b * dims, dims });
  });
  return sizes.map((chips, b) => ({
    bucket: b,
    code: codeText(codeAt(centroids, b)),
    clusters: [...bucketOf.keys()].filter((cluster) => bucketOf[cluster] === b),
    chips,
    variance: chips === 0 ? null : (sums[b] ?? 0) / chips,
    share: chips / sample.count,
  }));
}
