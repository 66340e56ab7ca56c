import { expect, it } from 'vitest';
import { layersText, parseLayers } from './layer-list.ts';

it('keeps layers and their opacities in an address', () => {
  const shown = [
    { name: 'imagery', opacity: 1 },
    { name: 'class', opacity: 0.35 },
  ] as const;
  expect(layersText(shown)).toBe('imagery,class:35');
  expect(parseLayers('imagery,class:35', [])).toEqual(shown);
});

it('takes what it knows of an address, and stays between 0 and 1', () => {
  expect(parseLayers('nothing,bucket:900,class:x', [])).toEqual([{ name: 'bucket', opacity: 1 }]);
  expect(parseLayers(null, ['imagery'])).toEqual([{ name: 'imagery', opacity: 1 }]);
});
