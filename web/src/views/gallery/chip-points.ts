import { ScatterplotLayer } from '@deck.gl/layers';
import type { ChipColumns } from '../../api/answers.ts';
import { bucketRgb } from './bucket-colours.ts';

interface PointsOptions {
  readonly id: string;
  readonly chips: ChipColumns;
  /** Numbers of the chips that are drawn. */
  readonly shown: Uint32Array;
  /** Numbers of the chips that stand out; null: all alike. */
  readonly found: ReadonlySet<number> | null;
  readonly chosen: number | null;
  readonly position: (chip: number) => [number, number];
  readonly ring: readonly [number, number, number];
  readonly radius: number;
}

/** Chips as points in the colours of their buckets. */
export function chipPoints({
  id,
  chips,
  shown,
  found,
  chosen,
  position,
  ring,
  radius,
}: PointsOptions): ScatterplotLayer<number> {
  return new ScatterplotLayer<number>({
    id,
    data: [...shown],
    pickable: true,
    stroked: true,
    filled: true,
    radiusUnits: 'pixels',
    lineWidthUnits: 'pixels',
    getPosition: (chip) => position(chip),
    getRadius: (chip) => (chip === chosen ? radius + 4 : found?.has(chip) === true ? radius + 2 : radius),
    getFillColor: (chip) => {
      const alpha = found === null || found.has(chip) || chip === chosen ? 235 : 70;
      return [...bucketRgb(chips.bucket[chip] ?? 0), alpha];
    },
    getLineColor: (chip) => (chip === chosen || found?.has(chip) === true ? [...ring, 255] : [0, 0, 0, 60]),
    getLineWidth: (chip) => (chip === chosen ? 3 : found?.has(chip) === true ? 1.5 : 0.5),
    updateTriggers: {
      getRadius: [found, chosen],
      getFillColor: [found, chosen],
      getLineColor: [found, chosen, ring],
      getLineWidth: [found, chosen],
      getPosition: [chips],
    },
  });
}
