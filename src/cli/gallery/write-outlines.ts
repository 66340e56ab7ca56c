import { codeText } from '../../hashing/codes.ts';
import type { FoundChip } from '../../gallery/find-chips.ts';

/** A chip as commands print it: its code as text, its centre instead of its outline. */
export function describedChip<Chip extends FoundChip>({ code, ring, ...chip }: Chip) {
  const corners = ring.slice(0, -1);
  const mean = (axis: 0 | 1) => corners.reduce((sum, corner) => sum + corner[axis], 0) / corners.length;
  return { ...chip, code: codeText(code), centre: [mean(0), mean(1)] as const };
}

/** Chips as GeoJSON polygons, with everything that is known of them. */
export function outlinesOf(chips: readonly FoundChip[]) {
  return {
    type: 'FeatureCollection',
    features: chips.map((chip) => {
      const { centre: _, ...properties } = describedChip(chip);
      return { type: 'Feature', geometry: { type: 'Polygon', coordinates: [chip.ring] }, properties };
    }),
  };
}
