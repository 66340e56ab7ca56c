import { contractError } from '../core/errors.ts';
import { bitOf, codeAt, codeText, type Codes } from './codes.ts';
import { hammingDistance } from './hamming.ts';

/**
 * The centroid code of each cluster: the majority vote of its members' bits (ties: 0), which minimises the summed Hamming
 * distance (papers: "bucket's centroid bitstring"; the vote is our reading). Buckets are numbered as the clusters.
 * Throws contract error CENTROIDS_COINCIDE where two clusters vote for the same code: a bucket is named by its code.
 */
export function centroidCodes(codes: Codes, labels: Int32Array, clusters: number): Codes {
  const { count, bytes } = codes;
  const bits = bytes * 8;
  const ones = new Int32Array(clusters * bits);
  const sizes = new Int32Array(clusters);
  for (let code = 0; code < count; code += 1) {
    const label = labels[code] as number;
    sizes[label] = (sizes[label] as number) + 1;
    for (let bit = 0; bit < bits; bit += 1) {
      const at = label * bits + bit;
      ones[at] = (ones[at] as number) + bitOf(codes, code, bit);
    }
  }
  const data = new Uint8Array(clusters * bytes);
  ones.forEach((votes, at) => {
    const cluster = Math.floor(at / bits);
    if (2 * votes <= (sizes[cluster] as number)) return;
    const bit = at % bits;
    const byte = cluster * bytes + (bit >> 3);
    data[byte] = (data[byte] as number) | (0x80 >> (bit & 7));
  });
  const centroids = { count: clusters, bytes, data };
  refuseEqual(centroids);
  return centroids;
}

function refuseEqual(centroids: Codes): void {
  const seen = new Map<string, number>();
  for (let bucket = 0; bucket < centroids.count; bucket += 1) {
    const name = codeText(codeAt(centroids, bucket));
    const other = seen.get(name);
    if (other !== undefined) {
      throw contractError(
        'CENTROIDS_COINCIDE',
        `Clusters ${other} and ${bucket} of ${centroids.count} have the same centroid code ${name}: the hash network does not tell them apart.`,
        {
          hint: 'Take fewer --clusters, more --bits or another --seed; the embeddings are kept.',
          context: { clusters: centroids.count, bits: centroids.bytes * 8 },
        },
      );
    }
    seen.set(name, bucket);
  }
}

/** Where codes belong: the bucket, its distance in bits, and how much farther the second one is. */
export interface Assignment {
  readonly bucket: Int32Array;
  readonly distance: Int32Array;
  /** Distance to the second-nearest centroid less that to the nearest, in bits; all bits where there is one bucket only. */
  readonly margin: Int32Array;
}

/** The nearest bucket of each code in Hamming distance; ties go to the lower bucket, with a margin of 0. */
export function nearestBuckets(codes: Codes, centroids: Codes): Assignment {
  const { count, bytes } = codes;
  const centroid = Array.from({ length: centroids.count }, (_, bucket) => codeAt(centroids, bucket));
  const bucket = new Int32Array(count);
  const distance = new Int32Array(count);
  const margin = new Int32Array(count);
  for (let code = 0; code < count; code += 1) {
    const own = codeAt(codes, code);
    let [best, second] = [bytes * 8 + 1, bytes * 8 + 1];
    for (let b = 0; b < centroid.length; b += 1) {
      const bits = hammingDistance(own, centroid[b] as Uint8Array);
      if (bits < best) {
        second = best;
        best = bits;
        bucket[code] = b;
      } else if (bits < second) second = bits;
    }
    distance[code] = best;
    margin[code] = centroid.length > 1 ? second - best : bytes * 8;
  }
  return { bucket, distance, margin };
}
