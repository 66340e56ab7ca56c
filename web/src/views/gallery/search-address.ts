import type { ChipFilter } from './chip-filter.ts';

/** The search for chips like a chip, or like the chip at a place. */
export function searchAddress(like: string | null, { place, bucket, since }: ChipFilter): string | null {
  if (like === null) return null;
  const query = new URLSearchParams({ limit: '60' });
  const [lon, lat] = like.split(',');
  if (like.includes('/')) query.set('chip', like);
  else if (lon !== undefined && lat !== undefined) {
    query.set('lon', lon);
    query.set('lat', lat);
  }
  if (place !== null) query.set('place', place);
  if (bucket !== null) query.set('bucket', String(bucket));
  if (since !== null) query.set('since', since);
  return `/api/gallery/search?${query}`;
}
