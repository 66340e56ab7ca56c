import { boxCentre } from '../geo/lon-lat-box.ts';
import type { FoundChip } from './find-chips.ts';

/** A chip as commands print it: its code as text, its centre instead of its outline. */
export function describedChip<Chip extends FoundChip>(chip: Chip) {
  const { code, outline: _, box, ...rest } = chip;
  const [lon, lat] = boxCentre(box);
  return {
    ...rest,
    code: Buffer.from(code).toString('hex'),
    centre: [lon > 180 ? lon - 360 : lon, lat] as const,
  };
}

/** Chips as GeoJSON polygons, with everything that is known of them. */
export function outlinesOf(chips: readonly FoundChip[]) {
  return {
    type: 'FeatureCollection',
    features: chips.map((chip) => {
      const { centre: _, ...properties } = describedChip(chip);
      return { type: 'Feature', geometry: chip.outline, properties };
    }),
  };
}
