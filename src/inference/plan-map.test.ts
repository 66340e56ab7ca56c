import { describe, expect, it } from 'vitest';
import type { MapParameters } from '../engine/protocol.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { planScene, type MapModel } from './plan-map.ts';

const band = (index: number, name: string) => ({
  index,
  name,
  data_type: 'uint8' as const,
  statistics: { minimum: 0, maximum: 255, mean: 100 + index, stddev: 40, valid_percent: 100 },
  'raster:histogram': { count: 1, min: 0, max: 255, buckets: [1] },
});

const scene: SceneItem = {
  type: 'Feature',
  stac_version: '1.1.0',
  stac_extensions: [],
  id: 'north',
  geometry: { type: 'Polygon', coordinates: [[[0, 0]]] },
  bbox: [0, 0, 1, 1],
  properties: {
    datetime: '2026-01-01T00:00:00Z',
    created: '2026-01-01T00:00:00Z',
    gsd: 0.5,
    'proj:code': 'EPSG:32737',
    'proj:wkt2': '',
    'proj:shape': [2500, 3000],
    'proj:transform': [0.5, 0, 500000, 0, -0.5, 9000000],
    'resflow:version': 1,
    'resflow:place': 'north',
    'resflow:split': null,
    'resflow:gsd_columns': 0.5,
    'resflow:gsd_rows': 0.5,
    'resflow:no_data': { kind: 'none' },
    'resflow:valid_share': 1,
    'resflow:source': { href: 'north.tif', size: 10, modified: null, etag: null, sha256: 'a' },
    'resflow:crs_assigned': false,
  },
  assets: {
    image: { href: 'north.tif', roles: ['data'], bands: [band(1, 'red'), band(2, 'green'), band(3, 'blue')] },
  },
  links: [],
};
const bands = scene.assets.image.bands;
const model: MapModel = { card: null, folder: 'models/a/b', variant: 'noop', sha256: '' };
const parameters: MapParameters = {
  corePixels: 1024,
  haloPixels: 64,
  blendPixels: 0,
  blockPixels: 512,
  gsdMetres: null,
};
const options = { parameters, regionPixels: 1024, salt: null };

const ids = (plan: ReturnType<typeof planScene>) => plan.tasks.map((task) => task.id);

describe('planScene', () => {
  it('counts what a run will read, compute and keep', () => {
    const plan = planScene(scene, bands, model, options);
    expect(plan.tasks).toHaveLength(9);
    expect(plan.chips).toBe(9);
    expect(plan.pixelsRead).toBe(3000 * 2500);
    expect(plan.pixelsKept).toBe(3000 * 2500);
    expect(plan.pixelsComputed).toBe((3000 + 3 * 128) * (2500 + 3 * 128));
  });

  it('gives a region the same identity every time, and another only if its bytes could differ', () => {
    const plan = planScene(scene, bands, model, options);
    expect(new Set(ids(plan)).size).toBe(9);
    expect(ids(planScene(structuredClone(scene), bands, { ...model, folder: 'elsewhere' }, options))).toEqual(
      ids(plan),
    );
    const replaced = structuredClone(scene);
    replaced.properties['resflow:source'].sha256 = 'b';
    const restated = bands.map((one) => ({
      ...one,
      statistics: { ...one.statistics, mean: one.statistics.mean + 1 },
    }));
    const changes = [
      planScene(replaced, bands, model, options),
      planScene(scene, restated, model, options),
      planScene(scene, [...bands].reverse(), model, options),
      planScene(scene, bands, { ...model, variant: 'int8', card: null }, options),
      planScene(scene, bands, model, { ...options, parameters: { ...parameters, haloPixels: 32 } }),
      planScene(scene, bands, model, { ...options, salt: 'fresh' }),
    ];
    const seen = new Set(ids(plan));
    for (const change of changes) for (const id of ids(change)) expect(seen.has(id)).toBe(false);
  });

  it('keeps a task under 4 KB', () => {
    const [task] = planScene(scene, bands, model, options).tasks;
    expect(JSON.stringify(task).length).toBeLessThan(4096);
  });
});
