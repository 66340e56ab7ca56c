import { HELD_OUT_BY_CHIP, HELD_OUT_BY_PLACE, TRAINED_ON, type HeldOut } from '../../gallery/hold-out.ts';
import { bitStatistics } from '../../hashing/bit-statistics.ts';
import type { Assignment, NamedBuckets } from '../../hashing/buckets.ts';
import { codeAt, type Codes } from '../../hashing/codes.ts';
import { retrievalQuality, type Labelled } from '../../hashing/retrieval-quality.ts';
import type { Partition } from '../../workspace/partition-record.ts';

export interface Judged {
  readonly codes: Codes;
  /** The cluster of each chip. */
  readonly clusters: Int32Array;
  readonly held: HeldOut;
  readonly named: NamedBuckets;
  readonly assigned: Assignment;
}

/** Share of chips that count as near their centroid. */
const NEAR_SHARE = 0.99;

/**
 * How well codes stand for clusters: chips of held-out places (where none could be, those held out by themselves), and
 * those held out by themselves beside them, each looked up among the chips that were trained on.
 */
export function judgeCodes(judged: Judged): Partition['quality'] {
  const { codes, clusters, held, assigned } = judged;
  const byChip = judgeGroup(judged, HELD_OUT_BY_CHIP);
  const byPlace = held.places.length === 0 ? null : judgeGroup(judged, HELD_OUT_BY_PLACE);
  const { chips, notCluster, ...found } = byPlace ?? byChip;
  const byDistance = [...assigned.distance].sort((a, b) => a - b);
  const { balance, correlation, distinctCodes } = bitStatistics(codes);
  const far = Math.min(byDistance.length - 1, Math.floor(NEAR_SHARE * byDistance.length));
  return {
    heldOut: { by: byPlace === null ? 'chip' : 'place', places: [...held.places], chips },
    ...found,
    bucketNotCluster: { heldOut: notCluster, all: notClusterShare(judged, [...clusters.keys()]) ?? 0 },
    ...(byPlace === null ? {} : { byChip }),
    bits: { balance: [...balance], correlation, distinctCodes },
    farBits: byDistance[far] ?? 0,
  };
}

function judgeGroup(judged: Judged, group: number) {
  const rows = rowsOf(judged, group);
  const { mapAt20OverHits, mapStandard } = retrievalQuality(
    pick(judged, rows),
    pick(judged, rowsOf(judged, TRAINED_ON)),
  );
  const orNull = (value: number) => (Number.isNaN(value) ? null : value);
  return {
    chips: rows.length,
    mapAt20OverHits: orNull(mapAt20OverHits),
    mapStandard: orNull(mapStandard),
    notCluster: notClusterShare(judged, rows),
  };
}

const rowsOf = ({ held }: Judged, group: number): number[] =>
  [...held.group.keys()].filter((row) => held.group[row] === group);

const pick = ({ codes, clusters }: Judged, rows: readonly number[]): Labelled => ({
  codes: {
    count: rows.length,
    bytes: codes.bytes,
    data: Buffer.concat(rows.map((row) => codeAt(codes, row))),
  },
  labels: Int32Array.from(rows, (row) => clusters[row] as number),
});

/** Share of the chips whose bucket is not the one that their cluster became. */
function notClusterShare({ clusters, named, assigned }: Judged, rows: readonly number[]): number | null {
  const wrong = rows.filter((row) => assigned.bucket[row] !== named.bucketOf[clusters[row] as number]).length;
  return rows.length === 0 ? null : wrong / rows.length;
}
