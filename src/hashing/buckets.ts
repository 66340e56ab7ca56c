import { bitOf, codeAt, codeText, type Codes } from './codes.ts';
import { hammingDistance } from './hamming.ts';

/** Buckets, named by their centroid codes. */
export interface NamedBuckets {
  readonly centroids: Codes;
  /** The bucket of each cluster. */
  readonly bucketOf: Int32Array;
}

/**
 * The centroid code of each cluster: the majority vote of its members' bits (ties: 0), which minimises the summed Hamming
 * distance (papers: "bucket's centroid bitstring"; the vote is our reading). Clusters that vote for the same code are
 * one bucket, as the hash network does not tell them apart; their common vote is that code too. Buckets are numbered as
 * the first of their clusters are.
 */
export function nameBuckets(codes: Codes, labels: Int32Array, clusters: number): NamedBuckets {
  const votes = majorityCodes(codes, labels, clusters);
  const numbers = new Map<string, number>();
  const kept: Uint8Array[] = [];
  const bucketOf = Int32Array.from({ length: clusters }, (_, cluster) => {
    const code = codeAt(votes, cluster);
    const known = numbers.get(codeText(code));
    if (known !== undefined) return known;
    numbers.set(codeText(code), kept.length);
    return kept.push(code) - 1;
  });
  return { centroids: { count: kept.length, bytes: codes.bytes, data: Buffer.concat(kept) }, bucketOf };
}

function majorityCodes(codes: Codes, labels: Int32Array, clusters: number): Codes {
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
  return { count: clusters, bytes, data };
}

/** Where codes belong: the bucket, its distance in bits, and which is the second one, and how much farther. */
export interface Assignment {
  readonly bucket: Int32Array;
  /** The second-nearest; the bucket itself where there is one only. */
  readonly second: Int32Array;
  readonly distance: Int32Array;
  /** Distance to the second-nearest centroid less that to the nearest, in bits; all bits where there is one bucket only. */
  readonly margin: Int32Array;
}

/** The nearest two buckets of each code in Hamming distance; ties go to the lower bucket, with a margin of 0. */
export function nearestBuckets(codes: Codes, centroids: Codes): Assignment {
  const { count, bytes } = codes;
  const centroid = Array.from({ length: centroids.count }, (_, bucket) => codeAt(centroids, bucket));
  const bucket = new Int32Array(count);
  const second = new Int32Array(count);
  const distance = new Int32Array(count);
  const margin = new Int32Array(count);
  for (let code = 0; code < count; code += 1) {
    const own = codeAt(codes, code);
    let [best, next] = [bytes * 8 + 1, bytes * 8 + 1];
    for (let b = 0; b < centroid.length; b += 1) {
      const bits = hammingDistance(own, centroid[b] as Uint8Array);
      if (bits < best) {
        next = best;
        second[code] = bucket[code] as number;
        best = bits;
        bucket[code] = b;
      } else if (bits < next) {
        next = bits;
        second[code] = b;
      }
    }
    distance[code] = best;
    margin[code] = centroid.length > 1 ? next - best : bytes * 8;
  }
  return { bucket, second, distance, margin };
}
