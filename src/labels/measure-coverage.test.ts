import { describe, expect, it } from 'vitest';
import { APP, labelling } from '../../tests/fixtures/labelling.ts';
import { makeScene, square, writeGeoJson } from '../../tests/fixtures/labelled-scene.ts';
import { measureShares, sampleValidity } from './measure-coverage.ts';

const { add, at, folder } = labelling('measure-coverage');

describe('shares', () => {
  it('are of valid pixels; no-data pixels carry no label', async () => {
    const holed = await makeScene(folder, 'holed', {
      recipe: { noData: 0, pixel: (band, x) => (x < 50 ? 0 : 10 + band) },
    });
    const record = await add(
      writeGeoJson(at('holed.geojson'), [{ rings: [square(0, 0, 100)] }]),
      { complete: { kind: 'scene' } },
      [holed],
    );
    const [coverage] = record.coverage;
    expect(coverage?.labelledShare).toBe(1);
    // 50 x 100 of the 150 x 160 valid pixels.
    expect(coverage?.classShares['building']).toBeCloseTo(5000 / 24000, 2);
    const sample = await sampleValidity(holed, 0.5);
    expect(sample.valid.includes(0)).toBe(true);
    const shares = await measureShares(sample, APP, [{ ...record, complete: { kind: 'none' } }]);
    expect(shares.labelledShare).toBeCloseTo(5000 / 24000, 2);
  });
});
