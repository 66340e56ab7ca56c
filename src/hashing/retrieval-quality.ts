import { codeAt, type Codes } from './codes.ts';
import { hammingDistance } from './hamming.ts';

/** How well codes find chips of the same cluster. */
export interface RetrievalQuality {
  readonly queries: number;
  /**
   * mAP@20 as the source of the paper's hash network computes it (Roy et al., MHCLN): over the 20 nearest, the mean of the
   * precisions at the hits, divided by the hits that were found. It does not punish what was not found.
   */
  readonly mapAt20OverHits: number;
  /** The usual mean average precision: over the whole ranking, divided by all relevant chips. */
  readonly mapStandard: number;
}

const RANKS = 20;

/** One side of a comparison: codes, and the cluster of each. */
export interface Labelled {
  readonly codes: Codes;
  readonly labels: Int32Array;
}

/**
 * Ranks the base by Hamming distance to each query (equal distances in the order of the base) and scores the ranking: a
 * chip of the query's cluster is relevant. A query without relevant chips counts in neither mean. Cost: queries x base.
 */
export function retrievalQuality(queries: Labelled, base: Labelled): RetrievalQuality {
  let [atTwenty, standard, counted] = [0, 0, 0];
  for (let query = 0; query < queries.codes.count; query += 1) {
    const label = queries.labels[query];
    const relevant = base.labels.reduce((sum, other) => sum + (other === label ? 1 : 0), 0);
    if (relevant === 0) continue;
    counted += 1;
    const ranking = rank(codeAt(queries.codes, query), base.codes);
    let [hits, precisions] = [0, 0];
    ranking.forEach((row, position) => {
      if (position === RANKS) atTwenty += hits === 0 ? 0 : precisions / hits;
      if (base.labels[row] !== label) return;
      hits += 1;
      precisions += hits / (position + 1);
    });
    if (ranking.length <= RANKS) atTwenty += hits === 0 ? 0 : precisions / hits;
    standard += precisions / relevant;
  }
  const mean = (sum: number) => (counted === 0 ? Number.NaN : sum / counted);
  return { queries: counted, mapAt20OverHits: mean(atTwenty), mapStandard: mean(standard) };
}

/** Rows of the base, nearest first; a counting sort keeps the base's order among equals. */
function rank(query: Uint8Array, base: Codes): Int32Array {
  const distances = new Uint16Array(base.count);
  const starts = new Int32Array(base.bytes * 8 + 2);
  for (let row = 0; row < base.count; row += 1) {
    const distance = hammingDistance(query, codeAt(base, row));
    distances[row] = distance;
    starts[distance + 1] = (starts[distance + 1] as number) + 1;
  }
  for (let d = 1; d < starts.length; d += 1) starts[d] = (starts[d] as number) + (starts[d - 1] as number);
  const ranking = new Int32Array(base.count);
  distances.forEach((distance, row) => {
    const at = starts[distance] as number;
    ranking[at] = row;
    starts[distance] = at + 1;
  });
  return ranking;
}
