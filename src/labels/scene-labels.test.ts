import { describe, expect, it } from 'vitest';
import { expected, expectSame, FEATURES, labelling, WIDTH } from '../../tests/fixtures/labelling.ts';
import { square, writeGeoJson } from '../../tests/fixtures/labelled-scene.ts';

const { add, at, rasterise } = labelling('scene-labels');

describe('completeness', () => {
  it('none: only objects state anything', async () => {
    const record = await add(writeGeoJson(at('none.geojson'), FEATURES));
    expectSame(
      await rasterise(record),
      expected(() => 1, 255),
    );
  });
  it('scene: everything else is background', async () => {
    const record = await add(writeGeoJson(at('all.geojson'), FEATURES), { complete: { kind: 'scene' } });
    expectSame(
      await rasterise(record),
      expected(() => 1, 0),
    );
  });
  it('polygons: background within them only', async () => {
    const href = writeGeoJson(at('area.geojson'), [{ rings: [square(5.2, 5.3, 100)] }], 'EPSG:32737');
    const ids = await rasterise(
      await add(writeGeoJson(at('within.geojson'), FEATURES), { complete: { kind: 'polygons', href } }),
    );
    const wanted = expected(() => 1, 255);
    wanted.forEach((id, i) => {
      const [x, y] = [(i % WIDTH) + 0.5, Math.floor(i / WIDTH) + 0.5];
      if (id === 255 && x > 5.2 && x < 105.2 && y > 5.3 && y < 105.3) wanted[i] = 0;
    });
    expectSame(ids, wanted);
  });
  it('of a later source does not erase what an earlier one states', async () => {
    const [first, , third] = FEATURES;
    if (first === undefined || third === undefined) throw new Error('fixture');
    const earlier = await add(writeGeoJson(at('earlier.geojson'), [first]));
    const later = await add(writeGeoJson(at('later.geojson'), [third]), {
      className: 'water',
      complete: { kind: 'scene' },
    });
    const ids = await rasterise(earlier, later);
    expect([ids[25 * WIDTH + 15], ids[100 * WIDTH + 140], ids[0]]).toEqual([1, 2, 0]);
  });
});
