import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { APP, labelling } from '../../tests/fixtures/labelling.ts';
import { makeScene } from '../../tests/fixtures/labelled-scene.ts';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { footprintOverlapM2 } from '../workspace/footprint-overlap.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { rasteriseLabels } from './rasterise-labels.ts';

const { folder, at, add } = labelling('antimeridian');

/** 200 x 160 pixels of about half a metre at 17 degrees south, the antimeridian through them. */
const CRSS: readonly [string, number, readonly number[]][] = [
  ['UTM', 32701, [180_501, 0.5, 0, 8_117_999, 0, -0.5]],
  ['degrees', 4326, [179.9995, 5e-6, 0, -17, 0, -5e-6]],
];
const across = (id: string, epsg: number, transform: readonly number[]): Promise<SceneItem> =>
  makeScene(folder, id, { recipe: { epsg, transform } });

/** A rectangle in degrees of 0..360, as RFC 7946 wants it: cut where it crosses 180. */
function writeBox(name: string, west: number, east: number, cutIt: boolean): string {
  const [south, north] = [-17.0006, -17.0002];
  const ring = (w: number, e: number) => [
    [
      [w, south],
      [e, south],
      [e, north],
      [w, north],
      [w, south],
    ],
  ];
  const coordinates = cutIt ? [ring(west, 180), ring(-180, east - 360)] : [ring(west, east)];
  const geometry = { type: 'MultiPolygon', coordinates };
  writeFileSync(at(name), JSON.stringify({ type: 'Feature', properties: {}, geometry }));
  return at(name);
}

const pixels = async (scene: SceneItem, ...given: Parameters<typeof add>) => {
  const record = await add(...given);
  const grid = sceneGrid(scene, null);
  const whole = { x: 0, y: 0, width: grid.width, height: grid.height };
  const ids = await rasteriseLabels({ scene, grid, app: APP }, whole, [record]);
  return ids.reduce((sum, id) => sum + (id === 1 ? 1 : 0), 0);
};

describe.each(CRSS)('a scene across the antimeridian, in %s', (name, epsg, transform) => {
  it('is hit by objects on both sides, cut or not, wherever their longitudes count from', async () => {
    const scene = await across(`hit-${name}`, epsg, transform);
    const { columns, rows } = {
      columns: scene.properties['resflow:gsd_columns'],
      rows: scene.properties['resflow:gsd_rows'],
    };
    // 0.0004 degrees of latitude, and of longitude at 17 degrees south.
    const wanted = (44.26 / rows) * (42.6 / columns);
    const cut = await pixels(scene, writeBox(`${name}-cut.geojson`, 179.9998, 180.0002, true), {}, [scene]);
    const uncut = await pixels(scene, writeBox(`${name}-uncut.geojson`, 179.9998, 180.0002, false), {}, [
      scene,
    ]);
    expect(Math.abs(cut / wanted - 1)).toBeLessThan(0.03);
    expect(Math.abs(uncut / wanted - 1)).toBeLessThan(0.03);
    const west = await pixels(scene, writeBox(`${name}-west.geojson`, -179.9999, -179.9998, false), {}, [
      scene,
    ]);
    expect(Math.abs(west / (wanted / 4) - 1)).toBeLessThan(0.06);
  });

  it('is covered by a class raster on the other side of the count', async () => {
    const scene = await across(`raster-${name}`, epsg, transform);
    const path = makeRaster(at(`${name}-classes.tif`), {
      width: 40,
      height: 40,
      epsg: 4326,
      transform: [-180.001, 5e-5, 0, -16.999, 0, -5e-5],
      pixel: () => 1,
    });
    const map = { className: null, map: ['1=building'] };
    expect(await pixels(scene, path, map, [scene])).toBe(200 * 160);
  });

  it('overlaps itself by its area', async () => {
    const scene = await across(`overlap-${name}`, epsg, transform);
    const area = 200 * 160 * scene.properties.gsd ** 2;
    expect(Math.abs(footprintOverlapM2(scene, scene) / area - 1)).toBeLessThan(0.001);
  });
});

it('scenes that share ground across the antimeridian do so in any CRS', async () => {
  const [[, utm = 0, utmTransform = []] = [], [, degrees = 0, degreesTransform = []] = []] = CRSS;
  const a = await across('both-utm', utm, utmTransform);
  const b = await across('both-degrees', degrees, degreesTransform);
  expect(footprintOverlapM2(a, b)).toBeGreaterThan(1000);
  expect(Math.abs(footprintOverlapM2(a, b) - footprintOverlapM2(b, a))).toBeLessThan(1);
});
