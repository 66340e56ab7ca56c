import type { Embeddings } from './embeddings.ts';
import { squaredDistance } from './squared-distances.ts';

/** The means of clusters, (clusters, dims). */
export function clusterMeans(
  { count, dims, data }: Embeddings,
  labels: Int32Array,
  clusters: number,
): Float64Array {
  const means = new Float64Array(clusters * dims);
  const sizes = new Int32Array(clusters);
  for (let i = 0; i < count; i += 1) {
    const label = labels[i] as number;
    sizes[label] = (sizes[label] as number) + 1;
    for (let k = 0; k < dims; k += 1) {
      means[label * dims + k] = (means[label * dims + k] as number) + (data[i * dims + k] as number);
    }
  }
  return means.map((sum, at) => sum / (sizes[Math.floor(at / dims)] as number));
}

/** The cluster whose mean is nearest to each chip; ties go to the lower cluster. */
export function nearestCentroids({ count, dims, data }: Embeddings, means: Float64Array): Int32Array {
  const clusters = means.length / dims;
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    let least = Number.POSITIVE_INFINITY;
    for (let cluster = 0; cluster < clusters; cluster += 1) {
      const squared = squaredDistance(data, i * dims, means, { at: cluster * dims, dims });
      if (squared < least) [least, labels[i]] = [squared, cluster];
    }
  }
  return labels;
}
