import { ScatterplotLayer } from '@deck.gl/layers';
import type { PickingInfo } from '@deck.gl/core';
import type { ChipColumns } from '../../api/answers.ts';
import { bucketRgb } from './bucket-colours.ts';
import type { CloudProps } from './cloud-props.ts';

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
function chipPoints({
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

/** What deck.gl is to draw of chips, and what happens where one is pointed at; `about` says more of one that is. */
export function chipsOnDeck(
  { chips, shown, found, chosen, dark, onChip }: CloudProps,
  {
    about,
    ...options
  }: Pick<PointsOptions, 'id' | 'position' | 'radius'> & { readonly about: (chip: number) => string },
) {
  const idOf = (object: unknown): string | undefined =>
    object === undefined || object === null ? undefined : chips.id[Number(object)];
  const ring: PointsOptions['ring'] = dark ? [255, 255, 255] : [16, 32, 28];
  return {
    layers: [chipPoints({ ...options, chips, shown, found, chosen, ring })],
    onClick: ({ object }: PickingInfo) => {
      const id = idOf(object);
      if (id !== undefined) onChip(id);
    },
    getTooltip: ({ object }: PickingInfo) => {
      const id = idOf(object);
      return id === undefined
        ? null
        : { text: `${id}\nbucket ${chips.bucket[Number(object)]}${about(Number(object))}` };
    },
  };
}
