import { contractError, usageError } from '../core/errors.ts';
import { elbow, MOST_CLUSTERS, varianceCurve } from './choose-clusters.ts';
import { cutDendrogram, distinctChips } from './cut-dendrogram.ts';
import { checkEmbeddings, pickRows, type Embeddings } from './embeddings.ts';
import { nearestCentroids } from './nearest-centroid.ts';
import { settleClusters } from './settle-clusters.ts';
import { createSilhouette } from './silhouette.ts';
import { squaredDistances } from './squared-distances.ts';
import { stratifiedSample } from './stratified-sample.ts';
import { wardLinkage, type Dendrogram } from './ward-linkage.ts';

/** Above this many chips a sample is clustered, and the rest assigned: 10,000 chips are a matrix of 200 MB. */
export const SAMPLE_CHIPS = 10_000;
/** Silhouettes are taken over this many chips at most. */
const SILHOUETTE_CHIPS = 2000;

export interface ClusterOptions {
  /** `auto`: the elbow of the average intra-cluster variance. */
  readonly clusters: number | 'auto';
  readonly seed: number;
  /** Which stratum (scene) each chip belongs to; samples keep their shares. */
  readonly strata: Int32Array;
  readonly nameOf: (chip: number) => string;
  readonly sampleChips?: number;
}

/** One row of the table (and plot) that the number of clusters is chosen from. */
export interface ClusterChoice {
  readonly clusters: number;
  readonly variance: number;
  readonly silhouette: number;
}

export interface Clustering {
  readonly clusters: number;
  /** Where the elbow is, also where the user chose otherwise. */
  readonly elbow: number;
  readonly curve: readonly ClusterChoice[];
  /** The cluster of every chip: that of the nearest mean. 0 is the largest of the sample. */
  readonly labels: Int32Array;
  /** (clusters, dims). */
  readonly means: Float64Array;
  /** What Lloyd's passes after Ward's clustering did: their number, and the share of the sample that changed cluster. */
  readonly settled: { readonly passes: number; readonly moved: number };
  /** Chips that were clustered; the others went to the nearest mean. */
  readonly sampled: number;
}

/**
 * Groups chips by their embeddings: Ward's clustering of all chips, or of a seeded sample stratified by scene where there
 * are more than 10,000; then Lloyd's passes over those, and every chip goes to the nearest cluster mean. The number of
 * clusters is chosen on Ward's tree. Equal inputs and seed give equal labels.
 * Throws EMBEDDING_NOT_FINITE, and TOO_FEW_CHIPS where there are fewer (distinct) chips than clusters, or fewer than 2.
 */
export function clusterChips(embeddings: Embeddings, options: ClusterOptions): Clustering {
  checkEmbeddings(embeddings, options.nameOf);
  const wanted = options.clusters === 'auto' ? 2 : options.clusters;
  refuseFewer(embeddings.count, wanted, 'chips');
  const rows = stratifiedSample(options.strata, options.sampleChips ?? SAMPLE_CHIPS, options.seed);
  const sample = rows.length === embeddings.count ? embeddings : pickRows(embeddings, rows);
  const tree = wardLinkage(squaredDistances(sample), sample.count);
  const distinct = distinctChips(tree);
  refuseFewer(distinct, wanted, 'different chips');
  const curve = chooseFrom(sample, tree, { most: Math.min(MOST_CLUSTERS, distinct), seed: options.seed });
  const chosen = elbow(curve);
  const clusters = options.clusters === 'auto' ? chosen : options.clusters;
  const { means, passes, moved, ...own } = settleClusters(sample, cutDendrogram(tree, clusters), clusters);
  const labels = sample === embeddings ? own.labels : nearestCentroids(embeddings, means);
  return { clusters, elbow: chosen, curve, labels, means, settled: { passes, moved }, sampled: sample.count };
}

function refuseFewer(actual: number, wanted: number, what: string): void {
  if (actual >= wanted) return;
  const make = what === 'chips' ? usageError : contractError;
  throw make('TOO_FEW_CHIPS', `${wanted} clusters need at least ${wanted} ${what}; there are ${actual}.`, {
    hint: 'Add scenes, take fewer --clusters, or a finer --gsd so that there are more chips.',
    context: { limit: wanted, actual },
  });
}

function chooseFrom(
  sample: Embeddings,
  tree: Dendrogram,
  options: { most: number; seed: number },
): ClusterChoice[] {
  const few = stratifiedSample(new Int32Array(sample.count), SILHOUETTE_CHIPS, options.seed);
  const silhouette = createSilhouette(pickRows(sample, few));
  return varianceCurve(tree, options.most).map(({ clusters, variance }) => {
    const labels = cutDendrogram(tree, clusters);
    return { clusters, variance, silhouette: silhouette(few.map((row) => labels[row] as number)) };
  });
}
