import type { ChipColumns } from '../../api/answers.ts';

/** What is left out of the gallery; null lets everything pass. Dates are days. */
export interface ChipFilter {
  readonly place: string | null;
  readonly bucket: number | null;
  readonly since: string | null;
  readonly until: string | null;
}

export const EVERYTHING: ChipFilter = { place: null, bucket: null, since: null, until: null };

/** Numbers of the chips that pass; chips without a date pass no filter by date. */
export function chipsThatPass(chips: ChipColumns, filter: ChipFilter): Uint32Array {
  const { place, bucket, since, until } = filter;
  const passing: number[] = [];
  for (let i = 0; i < chips.id.length; i += 1) {
    if (place !== null && chips.place[i] !== place) continue;
    if (bucket !== null && chips.bucket[i] !== bucket) continue;
    const day = chips.acquired[i]?.slice(0, 10) ?? null;
    if (since !== null && (day === null || day < since)) continue;
    if (until !== null && (day === null || day > until)) continue;
    passing.push(i);
  }
  return Uint32Array.from(passing);
}
