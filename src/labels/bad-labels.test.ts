import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ringsIn,
  square,
  writeGeoJson,
  writeVector,
  type PixelRing,
} from '../../tests/fixtures/labelled-scene.ts';
import { APP, labelling } from '../../tests/fixtures/labelling.ts';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { outsideAllScenes } from './add-labels.ts';
import { parseClassMap } from './class-map.ts';

const { at, prepare: add, rasterise } = labelling('bad-labels');

const collection = (...geometries: unknown[]) =>
  JSON.stringify({
    type: 'FeatureCollection',
    features: geometries.map((geometry) => ({ type: 'Feature', properties: {}, geometry })),
  });
const polygon = (...rings: PixelRing[]) => ({ type: 'Polygon', coordinates: ringsIn('OGC:CRS84', rings) });
const write = (name: string, text: string) => {
  writeFileSync(at(name), text);
  return at(name);
};

/** A bow tie: two triangles that meet at the middle. */
const BOW_TIE: PixelRing = [
  [10.2, 10.3],
  [50.2, 50.3],
  [50.2, 10.3],
  [10.2, 50.3],
];

describe('geometries', () => {
  it('invalid ones are mended and counted, empty and hopeless ones left out and counted', async () => {
    const spike = {
      type: 'Polygon',
      coordinates: [
        ringsIn('OGC:CRS84', [
          [
            [60, 60],
            [70, 70],
            [60, 60],
          ],
        ])[0],
      ],
    };
    const path = write(
      'invalid.geojson',
      collection(
        polygon(BOW_TIE),
        null,
        { type: 'Polygon', coordinates: [] },
        spike,
        polygon(square(80.2, 80.3, 10)),
      ),
    );
    const { record, warnings, features } = await add(path);
    expect(features).toBe(5);
    expect(record.skipped).toEqual({ empty: 2, invalid: 1, outside: 0, repaired: 1 });
    expect(record.coverage).toMatchObject([{ scene: 'scene', objects: 2 }]);
    expect(warnings.join(' ')).toMatch(
      /1 invalid geometries were mended.*1 geometries could not be mended.*2 features without geometry/,
    );
    const ids = await rasterise(record);
    // Both triangles of the bow tie, 800 px together (centres on the diagonals go one way), and the square.
    const labelled = ids.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0);
    expect(Math.abs(labelled - 900)).toBeLessThan(45);
    expect(ids[30 * 200 + 11]).toBe(1);
    expect(ids[11 * 200 + 30]).toBe(255);
  });
});

describe('refused with what, where and what next', () => {
  it('a class that the application does not have', async () => {
    const path = writeGeoJson(at('class.geojson'), [{ rings: [square(10, 10, 10)] }]);
    await expect(add(path, { className: 'road' })).rejects.toMatchObject({
      family: 'usage',
      code: 'UNKNOWN_CLASS',
      message: "Application 'buildings' has no class 'road'.",
      hint: 'It has: building, water, background, ignore.',
    });
    expect(() => parseClassMap(APP, ['3=tree'])).toThrow(/no class 'tree'/);
    expect(() => parseClassMap(APP, ['tree'])).toThrow(/not VALUE=CLASS/);
  });

  it('attribute values that stand for no class', async () => {
    const features = [
      { rings: [square(10, 10, 10)], properties: { kind: 'building' } },
      { rings: [square(30, 10, 10)], properties: { kind: 'shed' } },
    ];
    const path = writeGeoJson(at('values.geojson'), features);
    const byKind = { className: null, attribute: 'kind' };
    await expect(add(path, byKind)).rejects.toMatchObject({
      code: 'UNKNOWN_CLASS',
      message: expect.stringContaining("'shed'") as string,
      hint: expect.stringContaining("--map 'shed=CLASS'") as string,
    });
    const { record } = await add(path, { ...byKind, map: ['building=building', '*=ignore'] });
    expect(record.coverage[0]?.objects).toBe(2);
    await expect(add(path, { className: null, attribute: 'sort' })).rejects.toMatchObject({
      code: 'LABEL_ATTRIBUTE_UNKNOWN',
      hint: 'It has: kind.',
    });
    await expect(add(path, { className: null })).rejects.toMatchObject({
      code: 'LABEL_CLASS_MISSING',
      hint: expect.stringContaining('Columns: kind') as string,
    });
  });

  it('degrees that are none', async () => {
    const metres = { type: 'Polygon', coordinates: ringsIn('EPSG:32737', [square(10, 10, 10)]) };
    await expect(add(write('metres.geojson', collection(metres)))).rejects.toMatchObject({
      family: 'input',
      code: 'LABEL_CRS_SUSPECT',
      message: expect.stringMatching(/metres\.geojson.*degrees.*WGS 84/) as string,
      hint: expect.stringContaining('--crs EPSG:n') as string,
    });
  });

  it('what is no label file at all', async () => {
    await expect(add(write('text.geojson', 'not json'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
      message: expect.stringContaining('text.geojson') as string,
    });
    await expect(add(write('text.parquet', 'PAR1 not parquet'))).rejects.toMatchObject({
      code: 'FILE_UNREADABLE',
    });
    await expect(add(at('nowhere.geojson'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const colours = makeRaster(at('colours.tif'), { width: 200, height: 160, bands: 3 });
    await expect(add(colours, { map: ['1=building'] })).rejects.toMatchObject({
      code: 'LABEL_RASTER_BANDS',
      message: expect.stringContaining('3 bands') as string,
    });
  });

  it('an unknown layer', async () => {
    const path = writeVector(at('layers.gpkg'), 'GPKG', [{ rings: [square(10, 10, 10)] }], 'EPSG:3857');
    await expect(add(path, { layer: 'roofs' })).rejects.toMatchObject({
      code: 'LABEL_LAYER_UNKNOWN',
      hint: 'It has: labels.',
    });
  });

  it('a CRS that is none', async () => {
    const path = writeGeoJson(at('crs.geojson'), [{ rings: [square(10, 10, 10)] }]);
    await expect(add(path, { crs: 'EPSG:99999999' })).rejects.toMatchObject({ code: 'BAD_CRS' });
  });
});

describe('labels outside all scenes', () => {
  it('are told, and not stored', async () => {
    const path = writeGeoJson(at('far.geojson'), [{ rings: [square(5000, 5000, 10)] }]);
    const { record, warnings } = await add(path);
    expect(record.coverage).toEqual([]);
    expect(record.skipped.outside).toBe(1);
    expect(warnings).toEqual(["far.geojson: none of its 1 objects hits scene 'scene'."]);
    expect(outsideAllScenes(APP, warnings)).toMatchObject({ code: 'LABELS_OUTSIDE_SCENES', family: 'input' });
  });

  it('make no scene background by accident, even where the scene is named', async () => {
    const path = writeGeoJson(at('far-named.geojson'), [{ rings: [square(5000, 5000, 10)] }]);
    const { record } = await add(path, { complete: { kind: 'scene' }, named: ['scene'] });
    expect(record.coverage).toEqual([]);
  });

  it('but an empty file may say that a named scene is all background', async () => {
    const path = write('empty.geojson', collection());
    const { record, warnings } = await add(path, { complete: { kind: 'scene' }, named: ['scene'] });
    expect(record.coverage).toMatchObject([
      { scene: 'scene', objects: 0, labelledShare: 1, classShares: { background: 1 } },
    ]);
    expect(warnings).toEqual(['empty.geojson holds no objects.']);
    expect((await add(path)).record.coverage).toEqual([]);
  });

  it('with swapped axes: the hint says so', async () => {
    const [ring = []] = ringsIn('OGC:CRS84', [square(50, 50, 20)]);
    const swapped = { type: 'Polygon', coordinates: [ring.map(([x = 0, y = 0]) => [y, x])] };
    const { warnings } = await add(write('swapped.geojson', collection(swapped)));
    expect(warnings.join(' ')).toMatch(/x and y swapped they would lie on scene 'scene'/);
  });

  it('in a wrong CRS: the hint names one that fits', async () => {
    const features = [{ rings: [square(50, 50, 20)] }];
    const path = writeVector(at('wrong.gpkg'), 'GPKG', features, 'EPSG:3857');
    // Mercator coordinates that are said to be of a UTM zone.
    const { warnings } = await add(path, { crs: 'EPSG:32645' });
    expect(warnings.join(' ')).toMatch(/--crs EPSG:3857/);
  });
});

describe('a label file that was replaced', () => {
  it('is noticed when it is read again', async () => {
    const path = writeGeoJson(at('replaced.geojson'), [{ rings: [square(10, 10, 10)] }]);
    const { record } = await add(path);
    writeGeoJson(path, [{ rings: [square(10, 10, 20)] }]);
    const reading = rasterise(record);
    await expect(reading).rejects.toMatchObject({
      family: 'contract',
      code: 'LABEL_CHANGED',
      hint: expect.stringContaining(`label remove buildings ${record.id}`) as string,
    });
  });
});
