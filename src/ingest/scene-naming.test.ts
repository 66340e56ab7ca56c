import { expect, it } from 'vitest';
import { nameScene } from './scene-naming.ts';

it.each([
  ['/data/kavre/ortho 2019.tif', null, [], 'ortho-2019'],
  ['/data/nepal_kavre_A/image.tif', null, [], 'nepal_kavre_A'],
  ['https://example.org/x/kavre.tif?token=1', null, [], 'kavre'],
  ['https://example.org/image.tif', null, [], 'example.org'],
  ['s3://bucket/deep/visual.tif', null, [], 'deep'],
  ['/data/b/one.tif', null, ['one'], 'b-one'],
  ['/data/b/one.tif', null, ['one', 'b-one', 'data-b-one'], 'data-b-one-2'],
  ['/image.tif', null, [], 'image'],
  ['/data/a.tif', 'item 1', [], 'item-1'],
])('%s (%s) beside %o is %s', (href, given, taken, expected) => {
  expect(nameScene(href, given, new Set(taken))).toBe(expected);
});
