import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspect, rasterMaker, SIZE } from '../../tests/fixtures/inspecting.ts';
import { UTM_TRANSFORM } from '../../tests/fixtures/make-raster.ts';
import { gdal } from '../raster/gdal.ts';

const { folder, make } = rasterMaker('inspect-scene');

describe('time', () => {
  it('from the file, from the user before it, else an interval', async () => {
    const href = make({ ...SIZE, metadata: { TIFFTAG_DATETIME: '2021:06:05 10:20:30' } });
    expect((await inspect(href)).properties.datetime).toBe('2021-06-05T10:20:30.000Z');
    const said = { date: '2020-01-01T00:00:00.000Z' };
    expect((await inspect(href, said)).properties.datetime).toBe(said.date);
    const { properties } = await inspect(make({ ...SIZE }));
    expect(properties.datetime).toBeNull();
    expect(Date.parse(properties.start_datetime ?? '')).toBeLessThan(
      Date.parse(properties.end_datetime ?? ''),
    );
  });
});

describe('formats', () => {
  it('JPEG 2000 and VRT', async () => {
    const tiff = make({ width: 128, height: 96, bands: 3 });
    const source = gdal.open(tiff);
    const jp2 = join(folder, 'lossless.jp2');
    gdal.drivers.get('JP2OpenJPEG')?.createCopy(jp2, source, { QUALITY: '100', REVERSIBLE: 'YES' }).close();
    source.close();
    const scene = await inspect(jp2);
    expect(scene.assets.image.type).toBe('image/jp2');
    expect(scene.assets.image.bands.map((b) => b.statistics)).toEqual(
      (await inspect(tiff)).assets.image.bands.map((b) => b.statistics),
    );
    const vrt = join(folder, 'part.vrt');
    gdal.translate(vrt, gdal.open(tiff), ['-of', 'VRT', '-srcwin', '8', '16', '64', '48']).close();
    expect((await inspect(vrt)).properties['proj:shape']).toEqual([48, 64]);
  });

  it('NITF with its own date', async () => {
    const path = make(
      {
        width: 64,
        height: 64,
        driver: 'NITF',
        options: ['ICORDS=G', 'IDATIM=20190307112233'],
        epsg: 4326,
        transform: [87, 1e-4, 0, 27, 0, -1e-4],
      },
      'ntf',
    );
    const scene = await inspect(path);
    expect(scene.properties.datetime).toBe('2019-03-07T11:22:33.000Z');
    expect(scene.bbox[0]).toBeCloseTo(87, 3);
  });

  it('a file cut short fails cleanly', async () => {
    const href = make({
      ...SIZE,
      options: ['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=64'],
      transform: UTM_TRANSFORM,
    });
    writeFileSync(href, readFileSync(href).subarray(0, 20_000));
    await expect(inspect(href)).rejects.toMatchObject({ code: 'READ_FAILED' });
  });
});
