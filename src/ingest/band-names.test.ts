import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspect, rasterMaker, SIZE } from '../../tests/fixtures/inspecting.ts';
import type { RasterRecipe } from '../../tests/fixtures/make-raster.ts';
import { gdal } from '../raster/gdal.ts';
import type { SceneItem } from '../workspace/scene-record.ts';

const { folder, make } = rasterMaker('band-names');

describe('bands', () => {
  it('three bands of bytes are red, green, blue', async () => {
    const scene = await inspect(make({ ...SIZE, bands: 3, options: ['PHOTOMETRIC=MINISBLACK'] }));
    expect(scene.assets.image.bands.map((b) => b['eo:common_name'])).toEqual(['red', 'green', 'blue']);
  });

  it('numbers of colours are called so', async () => {
    const palette = (dataset: { bands: { get(i: number): { colorInterpretation: string | null } } }) => {
      dataset.bands.get(1).colorInterpretation = 'Palette';
    };
    const scene = await inspect(make({ ...SIZE, finish: palette }));
    expect(scene.assets.image.bands.map((b) => [b.name, b['eo:common_name']])).toEqual([
      ['palette', undefined],
    ]);
  });

  it('a fourth band is infrared only if the file or the user says so', async () => {
    const recipe: RasterRecipe = { ...SIZE, bands: 4, options: ['PHOTOMETRIC=RGB', 'ALPHA=NO'] };
    const names = (scene: SceneItem) => scene.assets.image.bands.map((b) => b['eo:common_name'] ?? b.name);
    expect(names(await inspect(make(recipe)))).toEqual(['red', 'green', 'blue', 'band-4']);
    const told = join(folder, 'told.vrt');
    const plain = gdal.open(make(recipe));
    gdal.translate(told, plain, ['-of', 'VRT']).close();
    writeFileSync(
      told,
      readFileSync(told, 'utf8').replace(/band="4"[^>]*>/, '$&<Description>Near infrared</Description>'),
    );
    expect(names(await inspect(told))).toEqual(['red', 'green', 'blue', 'nir']);
    const waved = make({ ...recipe, finish: (d) => d.bands.get(4).setMetadata({ WAVELENGTH: '842' }) });
    const scene = await inspect(waved);
    expect(names(scene)).toEqual(['red', 'green', 'blue', 'nir']);
    expect(scene.assets.image.bands[3]?.['eo:center_wavelength']).toBeCloseTo(0.842, 9);
    expect(names(await inspect(make(recipe), { bands: ['nir', 'red', 'green'] }))).toEqual([
      'nir',
      'red',
      'green',
      'band-4',
    ]);
    await expect(inspect(make({ ...SIZE }), { bands: ['red', 'green'] })).rejects.toMatchObject({
      code: 'BAD_BANDS',
    });
  });
});
