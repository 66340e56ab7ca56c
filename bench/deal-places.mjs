/** Places dealt to folds, largest first, each to the fold of the fewest places, then of the smallest size: deterministic. */
export function dealPlaces(sizes, folds) {
  const parts = Array.from({ length: folds }, () => ({ places: new Set(), size: 0 }));
  for (const [place, size] of [...sizes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) {
    const part = parts.reduce((least, one) =>
      one.places.size < least.places.size || (one.places.size === least.places.size && one.size < least.size)
        ? one
        : least,
    );
    part.places.add(place);
    part.size += size;
  }
  return parts.map((part) => part.places);
}
