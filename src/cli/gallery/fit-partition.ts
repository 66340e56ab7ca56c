import { clusterChips, SAMPLE_CHIPS, type Clustering } from '../../clustering/cluster-chips.ts';
import { pickRows, type Embeddings } from '../../clustering/embeddings.ts';
import { clusterMeans } from '../../clustering/nearest-centroid.ts';
import { squaredDistance } from '../../clustering/squared-distances.ts';
import { stratifiedSample } from '../../clustering/stratified-sample.ts';
import { holdOut, type HeldOut } from '../../gallery/hold-out.ts';
import { bitStatistics } from '../../hashing/bit-statistics.ts';
import { centroidCodes, nearestBuckets, type Assignment } from '../../hashing/buckets.ts';
import { codeAt, codeText, type Codes } from '../../hashing/codes.ts';
import { retrievalQuality } from '../../hashing/retrieval-quality.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import type { HashRequest, MadeHash } from './make-hash.ts';

/** The chips that a partition is fitted on. */
export interface FitInput {
  readonly embeddings: Embeddings;
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
}

/** Share of chips that count as near their centroid. */
const NEAR_SHARE = 0.99;

/**
 * Clusters chips, has the hash network trained on the clusters of the sample, and votes for the buckets' centroid codes.
 * Deterministic, given the trainer. Throws the errors of `clusterChips`, `centroidCodes` and the trainer.
 */
export async function fitPartition(
  input: FitInput,
  makeHash: (request: HashRequest) => Promise<MadeHash>,
): Promise<Fit> {
  const { seed, bits } = input;
  const clustering = clusterChips(input.embeddings, {
    clusters: input.clusters,
    seed,
    strata: input.scenes,
    nameOf: input.nameOf,
  });
  const rows = stratifiedSample(input.scenes, SAMPLE_CHIPS, seed);
  const sample = pickRows(input.embeddings, rows);
  const labels = rows.map((row) => clustering.labels[row] as number);
  const places = Array.from(rows, (row) => input.placeOf(input.scenes[row] as number));
  const held = holdOut(places, labels, seed);
  const { validation } = held;
  const hash = await makeHash({ embeddings: sample, clusters: labels, validation, bits, seed });
  const codes = { count: sample.count, bytes: bits / 8, data: await hash.codes(sample) };
  const centroids = centroidCodes(codes, labels, clustering.clusters);
  const assigned = nearestBuckets(codes, centroids);
  return {
    hash,
    clustering,
    centroids,
    buckets: describeBuckets(sample, centroids, assigned),
    quality: judge({ codes, labels, held, assigned }),
  };
}

function describeBuckets(sample: Embeddings, centroids: Codes, { bucket }: Assignment): Partition['buckets'] {
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
    chips,
    variance: chips === 0 ? null : (sums[b] ?? 0) / chips,
    share: chips / sample.count,
  }));
}

interface Judged {
  readonly codes: Codes;
  readonly labels: Int32Array;
  readonly held: HeldOut;
  readonly assigned: Assignment;
}

function judge({ codes, labels, held, assigned }: Judged): Partition['quality'] {
  const rowsOf = (side: number) =>
    Int32Array.from([...labels.keys()].filter((i) => held.validation[i] === side));
  const [train, heldOut] = [rowsOf(0), rowsOf(1)];
  const pick = (rows: Int32Array) => ({
    codes: {
      count: rows.length,
      bytes: codes.bytes,
      data: Buffer.concat(Array.from(rows, (row) => codeAt(codes, row))),
    },
    labels: rows.map((row) => labels[row] as number),
  });
  const found = retrievalQuality(pick(heldOut), pick(train));
  const differing = (rows: Iterable<number>) => {
    const all = [...rows];
    const wrong = all.filter((row) => assigned.bucket[row] !== labels[row]).length;
    return all.length === 0 ? null : wrong / all.length;
  };
  const byDistance = [...assigned.distance].sort((a, b) => a - b);
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  const { balance, correlation, distinctCodes } = bitStatistics(codes);
  return {
    heldOut: { by: held.by, places: [...held.places], chips: heldOut.length },
    mapAt20OverHits: orNull(found.mapAt20OverHits),
    mapStandard: orNull(found.mapStandard),
    bucketNotCluster: { heldOut: differing(heldOut), all: differing(labels.keys()) ?? 0 },
    bits: { balance: [...balance], correlation, distinctCodes },
    farBits: byDistance[Math.min(byDistance.length - 1, Math.floor(NEAR_SHARE * byDistance.length))] ?? 0,
  };
}
