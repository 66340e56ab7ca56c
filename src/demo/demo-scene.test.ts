import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { applyAffine, invertAffine, type Affine } from '../geo/affine.ts';
import { parseCrs } from '../raster/crs.ts';
import { gdal } from '../raster/gdal.ts';
import { DEMO_PLACES } from './demo-places.ts';
import { makeDemoScene, type DemoSceneSpec, type TerrainName } from './make-demo-scene.ts';
import { ringShape } from './shape.ts';
import { writeDemoScene } from './write-demo-scene.ts';

const TERRAINS: TerrainName[] = ['town', 'village', 'suburb', 'coast'];
const small = (terrain: TerrainName, seed = 5): DemoSceneSpec => ({
  terrain,
  seed,
  gsdMetres: 0.5,
  widthPixels: 320,
  heightPixels: 256,
});

const luminance = (bands: readonly Uint8Array[], i: number): number =>
  ((bands[0]?.[i] ?? 0) + (bands[1]?.[i] ?? 0) + (bands[2]?.[i] ?? 0)) / 3;

describe('makeDemoScene', () => {
  it.each(TERRAINS)('makes the same %s twice, and another one from another seed', (terrain) => {
    const scene = makeDemoScene(small(terrain));
    expect(makeDemoScene(small(terrain))).toEqual(scene);
    expect(makeDemoScene(small(terrain, 6)).bands).not.toEqual(scene.bands);
  });

  it.each(TERRAINS)('builds on %s, and no two buildings on one spot', (terrain) => {
    const { footprints, width, height } = makeDemoScene(small(terrain));
    expect(footprints.length).toBeGreaterThan(8);
    const shapes = footprints.map((ring) => ringShape(ring));
    for (let y = 0.5; y < height; y += 2) {
      for (let x = 0.5; x < width; x += 2) {
        expect(shapes.filter((shape) => shape.distance(x, y) < -0.8).length).toBeLessThan(2);
      }
    }
  });

  it('draws roofs where the footprints are: brightness changes across outlines more than beside them', () => {
    const { footprints, width, height, bands } = makeDemoScene(small('town'));
    const shapes = footprints.map((ring) => ringShape(ring));
    const nearest = (x: number, y: number) => Math.min(...shapes.map((s) => Math.abs(s.distance(x, y))));
    let [edge, edges, other, others] = [0, 0, 0, 0];
    for (let row = 2; row < height - 2; row += 3) {
      for (let col = 2; col < width - 2; col += 3) {
        const i = row * width + col;
        const step = Math.abs(luminance(bands, i + 1) - luminance(bands, i - 1));
        const away = nearest(col + 0.5, row + 0.5);
        if (away < 0.5) [edge, edges] = [edge + step, edges + 1];
        else if (away > 2) [other, others] = [other + step, others + 1];
      }
    }
    expect(edge / edges).toBeGreaterThan(2 * (other / others));
  });

  it('leaves white corners without data where the scene is turned', () => {
    const { mask, bands, width } = makeDemoScene({ ...small('village'), turnDegrees: 20 });
    expect(mask?.[0]).toBe(0);
    expect(bands[0]?.[0]).toBe(255);
    expect(mask?.[128 * width + 160]).toBe(255);
    const share = (mask?.filter((v) => v === 255).length ?? 0) / (mask?.length ?? 1);
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.9);
  });
});

const featuresSchema = z.object({
  features: z.array(z.object({ geometry: z.object({ coordinates: z.array(z.array(z.array(z.number()))) }) })),
});

describe('writeDemoScene', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'resflow-demo-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each([
    { epsg: 32645, centreLonLat: [85.3, 27.7] as const },
    { epsg: 3857, centreLonLat: [-97.7, 60] as const },
  ])('writes footprints that fall on the roofs again, EPSG:$epsg', async ({ epsg, centreLonLat }) => {
    const scene = makeDemoScene(small('suburb'));
    const image = join(folder, `${epsg}.tif`);
    const footprints = join(folder, `${epsg}.geojson`);
    await writeDemoScene(scene, { image, footprints, epsg, centreLonLat, gsdMetres: 0.5, layout: 'tiled' });
    const dataset = gdal.open(image);
    const transform = dataset.geoTransform as unknown as Affine;
    expect(transform[1]).toBeCloseTo(epsg === 3857 ? 1 : 0.5, 6);
    const toCrs = new gdal.CoordinateTransformation(parseCrs('OGC:CRS84'), parseCrs(`EPSG:${epsg}`));
    const { features } = featuresSchema.parse(JSON.parse(await readFile(footprints, 'utf8')));
    expect(features).toHaveLength(scene.footprints.length);
    features.forEach((feature, k) => {
      const corner = feature.geometry.coordinates[0]?.[0] ?? [];
      const { x, y } = toCrs.transformPoint(corner[0] ?? 0, corner[1] ?? 0);
      const [col, row] = applyAffine(invertAffine(transform), x, y);
      const gap = (scene.footprints[k] ?? []).map(([px, py]) => Math.hypot(px - col, py - row));
      expect(Math.min(...gap)).toBeLessThan(0.02);
    });
    dataset.close();
  });

  it('writes an internal mask where the scene is turned, and pixels as they were made', async () => {
    const scene = makeDemoScene({ ...small('town'), turnDegrees: 15 });
    const image = join(folder, 'turned.tif');
    const place = { epsg: 32645, centreLonLat: [85.3, 27.7], gsdMetres: 0.5, layout: 'strips' } as const;
    await writeDemoScene(scene, {
      ...place,
      image,
      footprints: join(folder, 'turned.geojson'),
      noData: 'mask',
    });
    const dataset = gdal.open(image);
    expect(dataset.bands.count()).toBe(3);
    expect(dataset.bands.get(1).pixels.read(0, 0, 320, 256)).toEqual(scene.bands[0]);
    expect(dataset.bands.get(1).getMaskBand()?.pixels.read(0, 0, 320, 256)).toEqual(scene.mask);
    dataset.close();
  });
});

describe('DEMO_PLACES', () => {
  it('holds one terrain out of training, and differs in GSD, CRS, layout and no-data', () => {
    const trained = new Set(DEMO_PLACES.filter((p) => p.split !== 'test').map((p) => p.spec.terrain));
    const tested = DEMO_PLACES.filter((p) => p.split === 'test');
    expect(tested.some((p) => !trained.has(p.spec.terrain))).toBe(true);
    expect(new Set(DEMO_PLACES.map((p) => p.spec.gsdMetres)).size).toBeGreaterThan(4);
    expect(new Set(DEMO_PLACES.map((p) => p.file.epsg)).size).toBeGreaterThan(4);
    expect(new Set(tested.map((p) => p.file.layout)).size).toBe(2);
    expect(tested.some((p) => p.spec.turnDegrees !== undefined)).toBe(true);
    expect(new Set(DEMO_PLACES.map((p) => p.place)).size).toBe(DEMO_PLACES.length);
  });
});
