import { describe, expect, it } from 'vitest';
import { HEIGHT, labelling, WIDTH } from '../../tests/fixtures/labelling.ts';
import { MERCATOR_TRANSFORM } from '../../tests/fixtures/labelled-scene.ts';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { gdal } from '../raster/gdal.ts';

const { add, at, rasterise } = labelling('label-raster');

describe('class rasters', () => {
  const value = (x: number, y: number) => (x >= 50 && x < 90 && y >= 40 && y < 100 ? 3 : x < 20 ? 9 : 0);

  it("on the scene's own grid, unnamed values unlabelled", async () => {
    const path = makeRaster(at('classes.tif'), {
      width: WIDTH,
      height: HEIGHT,
      epsg: 3857,
      transform: MERCATOR_TRANSFORM,
      pixel: (_, x, y) => value(x, y),
    });
    const record = await add(path, { className: null, map: ['3=building', '0=background'] });
    const ids = await rasterise(record);
    for (let i = 0; i < ids.length; i++) {
      const v = value(i % WIDTH, Math.floor(i / WIDTH));
      if (ids[i] !== (v === 3 ? 1 : v === 9 ? 255 : 0)) expect.fail(`pixel ${i} is ${ids[i]} for ${v}`);
    }
    expect(record.coverage[0]?.labelledShare).toBeCloseTo(0.9, 2);
  });

  it('in another CRS, by the label pixel under the centre', async () => {
    // 8 m stripes across a larger area around the scene, in UTM.
    const centre = new gdal.CoordinateTransformation(
      gdal.SpatialReference.fromEPSG(3857),
      gdal.SpatialReference.fromEPSG(32737),
    ).transformPoint(4_370_050, -690_040);
    const [x0, y0] = [Math.round(centre.x) - 100, Math.round(centre.y) + 100];
    const stripe = (x: number) => Math.floor(x / 8) % 2;
    const path = makeRaster(at('stripes.tif'), {
      width: 200,
      height: 200,
      epsg: 32737,
      transform: [x0, 1, 0, y0, 0, -1],
      pixel: (_, x) => stripe(x),
    });
    const ids = await rasterise(await add(path, { className: null, map: ['1=building', '0=water'] }));
    const transform = new gdal.CoordinateTransformation(
      gdal.SpatialReference.fromEPSG(3857),
      gdal.SpatialReference.fromEPSG(32737),
    );
    const wrong: number[] = [];
    for (let i = 0; i < ids.length; i += 7) {
      const { x } = transform.transformPoint(
        4_370_000 + ((i % WIDTH) + 0.5) * 0.5,
        -690_000 - (Math.floor(i / WIDTH) + 0.5) * 0.5,
      );
      const column = x - x0;
      // Rounding in the last digits may fall on either side of a border between label pixels.
      if (
        Math.abs(column - Math.round(column)) > 0.001 &&
        ids[i] !== (stripe(Math.floor(column)) === 1 ? 1 : 2)
      )
        wrong.push(i);
    }
    expect(wrong).toEqual([]);
  });

  it('without georeferencing lie pixel on pixel, if the scene is named', async () => {
    const path = makeRaster(at('plain.png.tif'), {
      width: WIDTH,
      height: HEIGHT,
      epsg: null,
      transform: null,
      pixel: (_, x, y) => value(x, y),
    });
    const source = gdal.open(path);
    gdal.drivers.get('PNG').createCopy(at('plain.png'), source).close();
    source.close();
    const named = { className: null, map: ['3=building'], named: ['scene'] };
    const ids = await rasterise(await add(at('plain.png'), named));
    expect(ids.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0)).toBe(40 * 60);
    expect(ids[40 * WIDTH + 50]).toBe(1);
    await expect(add(at('plain.png'), { ...named, named: null })).rejects.toMatchObject({
      code: 'LABEL_NO_GEOREFERENCE',
    });
    const small = makeRaster(at('small.tif'), { width: 10, height: 10, epsg: null, transform: null });
    await expect(add(small, named)).rejects.toMatchObject({
      code: 'LABEL_NO_GEOREFERENCE',
      message: expect.stringContaining('10 x 10') as string,
    });
  });

  it('need a map, and the message names the values', async () => {
    const path = makeRaster(at('values.tif'), {
      width: WIDTH,
      height: HEIGHT,
      epsg: 3857,
      transform: MERCATOR_TRANSFORM,
      pixel: (_, x, y) => value(x, y),
    });
    await expect(add(path)).rejects.toMatchObject({
      code: 'LABEL_MAP_MISSING',
      message: expect.stringContaining('0, 3, 9') as string,
    });
  });
});
