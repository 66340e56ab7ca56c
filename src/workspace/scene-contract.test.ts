import { expect, it } from 'vitest';
import { checkSceneContract } from './scene-contract.ts';
import type { SceneBand, SceneItem } from './scene-record.ts';

const band = (index: number, name: string, common?: string): SceneBand => ({
  index,
  name,
  data_type: 'uint8',
  ...(common === undefined ? {} : { 'eo:common_name': common }),
  statistics: { minimum: 0, maximum: 1, mean: 0, stddev: 1, valid_percent: 100 },
  'raster:histogram': { count: 0, min: 0, max: 1, buckets: [] },
});

/** The parts of a scene the contract looks at. */
const scene = (gsd: number, bands: SceneBand[]): SceneItem =>
  ({
    id: 's',
    properties: { gsd },
    assets: { image: { href: 'x', roles: [], bands } },
  }) as unknown as SceneItem;

const RGB = [band(1, 'blue', 'blue'), band(2, 'green', 'green'), band(3, 'red', 'red'), band(4, 'height')];
const range = { min: 0.1, max: 0.6 };

it('gives the bands in the wanted order', () => {
  const contract = checkSceneContract(scene(0.3, RGB), {
    bands: ['red', 'green', 'height'],
    gsdRange: range,
  });
  expect(contract.problems).toEqual([]);
  expect(contract.bands.map((b) => b.index)).toEqual([3, 2, 4]);
});

it('names all that is wrong at once', () => {
  const { problems } = checkSceneContract(scene(1, RGB), {
    bands: ['red', 'nir', 'swir16'],
    gsdRange: range,
  });
  expect(problems.map((p) => p.code)).toEqual(['BANDS_MISSING', 'GSD_OUT_OF_RANGE']);
  expect(problems[0]?.message).toMatch(/lacks nir, swir16; its bands are blue, green, red, height/);
  expect(problems[1]?.message).toMatch(/1.00 m .* 0.100 to 0.600 m/);
});

it('refuses samples of another type than the model takes as they are', () => {
  const contract = (dataType: string) =>
    checkSceneContract(scene(0.3, RGB), { bands: ['red', 'blue'], gsdRange: range, dataType });
  expect(contract('uint8').problems).toEqual([]);
  expect(contract('uint16').problems).toMatchObject([
    {
      code: 'SAMPLE_TYPE_DIFFERS',
      message: expect.stringMatching(/has uint8 samples; .* on uint16/) as string,
    },
  ]);
});

it('tells how the colours of a palette become bands', () => {
  const { problems } = checkSceneContract(scene(0.3, [band(1, 'palette')]), {
    bands: ['red'],
    gsdRange: range,
  });
  expect(problems[0]?.hint).toMatch(/expand rgb/);
});

it.each([
  [0.0995, true],
  [0.098, false],
  [0.605, true],
  [0.61, false],
])('a GSD of %d m is accepted: %s', (gsd, accepted) => {
  expect(checkSceneContract(scene(gsd, RGB), { bands: ['red'], gsdRange: range }).problems.length === 0).toBe(
    accepted,
  );
});
