import { expect, it } from 'vitest';
import { routedLayers } from '../../../../src/inference/map-layers.ts';
import { bucketColour, bucketRgb } from './bucket-colours.ts';

it('gives buckets the colours that they have on maps', () => {
  const buckets = Array.from({ length: 20 }, (_, bucket) => ({ bucket, code: '00' }));
  const palette = routedLayers(buckets).bucket.palette ?? [];
  expect(buckets.map(({ bucket }) => bucketColour(bucket))).toEqual(
    palette.slice(0, 20).map(({ colour }) => colour),
  );
  expect(bucketRgb(0)).toEqual([0x44, 0x77, 0xaa]);
});
