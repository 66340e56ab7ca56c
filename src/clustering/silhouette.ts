import type { Embeddings } from './embeddings.ts';
import { pairCount, rowBase, squaredDistances } from './squared-distances.ts';

/**
 * Prepares silhouettes (Rousseeuw 1987) over Euclidean distances: the mean over chips of (b - a) / max(a, b), with a the
 * mean distance to the other chips of the own cluster and b the least mean distance to the chips of another one; a chip
 * alone in its cluster counts 0, as do all where there is one cluster only. Memory: one condensed matrix of the chips given.
 */
export function createSilhouette(embeddings: Embeddings): (labels: Int32Array) => number {
  const { count } = embeddings;
  const distances = squaredDistances(embeddings);
  for (let i = 0; i < pairCount(count); i += 1) distances[i] = Math.sqrt(distances[i] as number);
  return (labels) => {
    const clusters = Math.max(-1, ...labels) + 1;
    if (clusters < 2) return 0;
    const sums = distanceSums(distances, labels, clusters);
    const sizes = new Int32Array(clusters);
    for (const label of labels) sizes[label] = (sizes[label] as number) + 1;
    let total = 0;
    for (let i = 0; i < count; i += 1) {
      total += chipSilhouette(sums.subarray(i * clusters, (i + 1) * clusters), labels[i] as number, sizes);
    }
    return total / count;
  };
}

/** (count, clusters): the sum of a chip's distances to all chips of a cluster. */
function distanceSums(distances: Float32Array, labels: Int32Array, clusters: number): Float64Array {
  const count = labels.length;
  const sums = new Float64Array(count * clusters);
  for (let i = 0; i < count; i += 1) {
    const base = rowBase(i, count);
    const [own, rowI] = [labels[i] as number, i * clusters];
    for (let j = i + 1; j < count; j += 1) {
      const value = distances[base + j] as number;
      const [toJ, toI] = [rowI + (labels[j] as number), j * clusters + own];
      sums[toJ] = (sums[toJ] as number) + value;
      sums[toI] = (sums[toI] as number) + value;
    }
  }
  return sums;
}

function chipSilhouette(sums: Float64Array, own: number, sizes: Int32Array): number {
  const others = (sizes[own] as number) - 1;
  if (others === 0) return 0;
  const a = (sums[own] as number) / others;
  let b = Number.POSITIVE_INFINITY;
  sizes.forEach((size, cluster) => {
    if (cluster !== own && size > 0) b = Math.min(b, (sums[cluster] as number) / size);
  });
  const widest = Math.max(a, b);
  return widest > 0 && Number.isFinite(b) ? (b - a) / widest : 0;
}
