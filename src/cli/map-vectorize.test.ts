import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { application, makeScene, MERCATOR_TRANSFORM } from '../../tests/fixtures/labelled-scene.ts';
import { makeRaster } from '../../tests/fixtures/make-raster.ts';
import { runRecord } from '../../tests/fixtures/run-record.ts';
import { temporaryFolder } from '../../tests/fixtures/temporary-folder.ts';
import { gdalPolygons, randomRaster } from '../../tests/fixtures/tracing.ts';
import { createLogger } from '../core/log.ts';
import { silentProgress } from '../core/progress.ts';
import { gdal } from '../raster/gdal.ts';
import { writeApplication } from '../workspace/applications.ts';
import { mapFolder, runFolder } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { writeRun } from '../workspace/runs.ts';
import { writeScene } from '../workspace/scenes.ts';
import { initWorkspace } from '../workspace/workspace.ts';
import { vectorizeResultSchema } from '../vectorize/schema.ts';
import { mapVectorizeCommand } from './map-vectorize.ts';

const folder = temporaryFolder('map-vectorize');
const workspace = join(folder, 'workspace');
/** Over several strips of rows. */
const [WIDTH, HEIGHT] = [40, 600];
const pixels = randomRaster(5, WIDTH, HEIGHT, 3);

async function vectorize(input: Record<string, string>, signal = new AbortController().signal) {
  const result = await mapVectorizeCommand.run(mapVectorizeCommand.input.parse({ run: 'latest', ...input }), {
    workspace,
    log: createLogger('silent'),
    progress: silentProgress,
    signal,
    now: () => new Date(0),
    env: {},
    commands: [],
  });
  return vectorizeResultSchema.parse(result);
}

const failure = async (input: Record<string, string>) =>
  vectorize(input).then(
    () => null,
    (error: unknown) => error,
  );

function runOf(id: string, scenes: Record<string, RunRecord['scenes'][number]['status']>): RunRecord {
  return runRecord(id, {
    parameters: { corePixels: 16, haloPixels: 80, blendPixels: 0, blockPixels: 512, gsdMetres: null },
    scenes: Object.entries(scenes).map(([scene, status]) => ({
      scene,
      status,
      regions: 1,
      layers: {
        class: join(mapFolder(workspace, id, scene), 'class.tif'),
        confidence: join(mapFolder(workspace, id, scene), 'confidence.tif'),
      },
      item: null,
      seamScore: null,
      failures: [],
    })),
  });
}

async function writeMap(run: string, scene: string, values: Uint8Array): Promise<void> {
  const at = mapFolder(workspace, run, scene);
  await mkdir(at, { recursive: true });
  const recipe = { width: WIDTH, height: HEIGHT, epsg: 3857, transform: MERCATOR_TRANSFORM };
  makeRaster(join(at, 'class.tif'), { ...recipe, pixel: (_, x, y) => values[y * WIDTH + x] ?? 0 });
  makeRaster(join(at, 'confidence.tif'), {
    ...recipe,
    pixel: (_, x) => 100 + x,
    finish: (dataset) => {
      dataset.bands.get(1).scale = 1 / 255;
    },
  });
}

beforeAll(async () => {
  await initWorkspace(workspace, new Date(0));
  await writeApplication(workspace, application());
  for (const id of ['one', 'two'])
    await writeScene(workspace, await makeScene(folder, id, { recipe: { width: WIDTH, height: HEIGHT } }));
  for (const id of ['20260101-a', '20260102-b']) {
    await writeMap(id, 'one', pixels);
    await writeRun(workspace, runOf(id, { one: 'done' }));
  }
  await writeRun(workspace, runOf('20250101-half', { one: 'done', two: 'pending' }));
});

/** Objects of a file as GDAL reads them. */
function read(path: string) {
  const dataset = gdal.open(path);
  const layer = dataset.layers.get(0);
  const found = layer.features.map((feature) => ({
    ...(feature.fields.toObject() as { id?: string; class: string; pixels: number; confidence: number }),
    geometry: feature.getGeometry() ?? new gdal.Polygon(),
  }));
  const epsg = layer.srs?.getAuthorityCode(null);
  dataset.close();
  return { found, epsg };
}

describe('map vectorize', () => {
  it.each(['fgb', 'gpkg', 'geojson', 'geojsonseq'])('writes %s that GDAL reads', async (format) => {
    const { files, scenes } = await vectorize({ format });
    const oracle = gdalPolygons({ pixels, width: WIDTH, height: HEIGHT, connectivity: 4 });
    const wanted = oracle.filter(({ value }) => value === 1 || value === 2);
    const [file] = files;
    expect(file?.path).toContain(join(runFolder(workspace, '20260102-b'), 'vectors', 'buildings.'));
    const { found, epsg } = read(file?.path ?? '');
    expect(found).toHaveLength(wanted.length);
    expect([file?.objects, scenes[0]?.objects]).toEqual([wanted.length, wanted.length]);
    expect(epsg).toBe(format.startsWith('geojson') ? '4326' : '3857');
    expect(found.every(({ geometry }) => geometry.isValid())).toBe(true);
    const total = (value: string) =>
      found.filter((one) => one.class === value).reduce((sum, one) => sum + one.pixels, 0);
    expect(total('building')).toBe(pixels.filter((value) => value === 1).length);
    expect(total('water')).toBe(pixels.filter((value) => value === 2).length);
    expect(
      readdirSync(join(runFolder(workspace, '20260102-b'), 'vectors')).filter((name) =>
        name.includes('.tmp-'),
      ),
    ).toEqual([]);
  });

  it('gives an object of another run the same id where its pixels are the same', async () => {
    const ids = async (run: string) => {
      const { files } = await vectorize({ run, format: 'fgb' });
      return read(files[0]?.path ?? '')
        .found.map(({ id }) => id ?? '')
        .sort();
    };
    const before = await ids('20260101-a');
    const changed = pixels.slice();
    const at = changed.findIndex((value, i) => value === 1 && changed[i + 1] === 1);
    changed[at] = 0;
    await writeMap('20260103-c', 'one', changed);
    await writeRun(workspace, runOf('20260103-c', { one: 'done' }));
    expect(new Set(before).size).toBe(before.length);
    expect(await ids('20260102-b')).toEqual(before);
    const after = new Set(await ids('20260103-c'));
    const lost = before.filter((id) => !after.has(id));
    expect(lost).toHaveLength(1);
  });

  it('measures on the ground, and leaves out what is small', async () => {
    const path = join(folder, 'large.fgb');
    const ground = 0.25 * Math.cos((-6.185 * Math.PI) / 180) ** 2;
    await vectorize({ run: '20260102-b', out: path, minArea: '2', minHole: '2' });
    const { found } = read(path);
    expect(found.length).toBeGreaterThan(0);
    for (const one of found as unknown as {
      area_m2: number;
      pixels: number;
      geometry: InstanceType<typeof gdal.Polygon>;
    }[]) {
      expect(one.area_m2).toBeGreaterThan(2);
      // Mercator metres on the sphere against the ellipsoid: a hundredth.
      expect(Math.abs(one.area_m2 / ((ground * one.geometry.getArea()) / 0.25) - 1)).toBeLessThan(0.01);
    }
  });

  it('leaves nothing where it is stopped', async () => {
    const path = join(folder, 'stopped', 'out.gpkg');
    const stop = new AbortController();
    stop.abort(new Error('stopped'));
    await expect(vectorize({ out: path }, stop.signal)).rejects.toThrow('stopped');
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(folder, 'stopped'))).toEqual([]);
  });

  it('writes longitude and latitude, outer rings to the left', async () => {
    const path = join(folder, 'out.geojson');
    await vectorize({ run: '20260102-b', out: path, class: 'water' });
    const { features } = JSON.parse(readFileSync(path, 'utf8')) as {
      features: { geometry: { type: string; coordinates: number[][][] }; properties: { class: string } }[];
    };
    expect(new Set(features.map(({ properties }) => properties.class))).toEqual(new Set(['water']));
    for (const { geometry } of features) {
      geometry.coordinates.forEach((ring, index) => {
        const area = ring.slice(1).reduce((sum, [x = 0, y = 0], i) => {
          const [px = 0, py = 0] = ring[i] ?? [];
          return sum + (px - 39) * (y + 6) - (x - 39) * (py + 6);
        }, 0);
        expect(area > 0).toBe(index === 0);
      });
    }
  });

  it.each([
    [{ run: '20250101-half' }, 'RUN_NOT_DONE'],
    [{ scene: 'none' }, 'SCENE_NOT_IN_RUN'],
    [{ class: 'roads' }, 'NO_CLASS'],
    [{ format: 'fgb', out: 'a.gpkg' }, 'FORMAT_MISMATCH'],
    [{ out: 'a.shp' }, 'NO_FORMAT'],
    [{ format: 'geojson', crs: 'EPSG:3857' }, 'FIXED_CRS'],
    [{ crs: 'EPSG:0' }, 'BAD_CRS'],
    [{ minHole: '3' }, 'HOLE_ABOVE_AREA'],
    [{ layer: 'bucket' }, 'NO_LAYER'],
  ])('refuses %o with %s', async (input, code) => {
    expect(await failure(input as Record<string, string>)).toMatchObject({ code });
  });
});
