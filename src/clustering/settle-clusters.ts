import type { Embeddings } from './embeddings.ts';
import { numberBySize } from './number-by-size.ts';
import { clusterMeans, nearestCentroids } from './nearest-centroid.ts';

/** Passes end by themselves, as the variance falls with each; this only bounds the time. */
const MOST_PASSES = 200;

export interface SettledClusters {
  /** Numbered by size, the largest first. */
  readonly labels: Int32Array;
  /** (clusters, dims): every chip's cluster is that of the nearest one. */
  readonly means: Float64Array;
  readonly passes: number;
  /** Share of the chips that changed their cluster. */
  readonly moved: number;
}

/**
 * Lloyd's passes from given clusters until no chip is nearer to another cluster's mean than to its own. Ward's merges are
 * never undone, so that some chips of its clusters are; and a code can only be learnt for a kind of chip that a rule tells
 * from the others. A pass that would leave a cluster empty is not made. Deterministic; lowers the variance.
 */
export function settleClusters(embeddings: Embeddings, start: Int32Array, clusters: number): SettledClusters {
  let [labels, means, passes] = [start, clusterMeans(embeddings, start, clusters), 0];
  while (passes < MOST_PASSES) {
    const next = nearestCentroids(embeddings, means);
    if (new Set(next).size < clusters) break;
    passes += 1;
    if (next.every((label, i) => label === labels[i])) break;
    labels = next;
    if (passes < MOST_PASSES) means = clusterMeans(embeddings, labels, clusters);
  }
  const moved = labels.reduce((sum, label, i) => sum + (label === start[i] ? 0 : 1), 0) / embeddings.count;
  return { ...renumbered(labels, means, embeddings.dims), passes, moved };
}

function renumbered(labels: Int32Array, means: Float64Array, dims: number) {
  const numbers = numberBySize(labels);
  const ordered = new Float64Array(means.length);
  labels.forEach((label, i) =>
    ordered.set(means.subarray(label * dims, (label + 1) * dims), (numbers[i] as number) * dims),
  );
  return { labels: numbers, means: ordered };
}
