import { describe, expect, test } from 'vitest';
import { runRecord } from '../../tests/fixtures/run-record.ts';
import { CLASS_LAYER, CONFIDENCE_LAYER } from '../../tests/support/layers.ts';
import { modelCardSchema } from '../model/card.ts';
import { runSchema } from '../workspace/run-record.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { COG_MEDIA_TYPE, mapItem, type MapItemInput } from './map-item.ts';

const scene = {
  type: 'Feature',
  stac_version: '1.1.0',
  stac_extensions: [],
  id: 'kavre',
  geometry: {
    type: 'Polygon',
    coordinates: [
      [
        [85, 27],
        [86, 27],
        [86, 28],
        [85, 28],
        [85, 27],
      ],
    ],
  },
  bbox: [85, 27, 86, 28],
  properties: {
    datetime: null,
    start_datetime: '2020-01-01T00:00:00Z',
    end_datetime: '2020-01-02T00:00:00Z',
    created: '2026-11-21T00:00:00Z',
    gsd: 0.13,
    'proj:code': 'EPSG:32645',
    'proj:wkt2': 'PROJCRS[...]',
    'proj:shape': [1024, 2048],
    'proj:transform': [0.13, 0, 1, 0, -0.13, 2],
    'resflow:version': 1,
    'resflow:place': 'kavre',
    'resflow:split': 'test',
    'resflow:gsd_columns': 0.13,
    'resflow:gsd_rows': 0.13,
    'resflow:no_data': { kind: 'none' },
    'resflow:valid_share': 1,
    'resflow:source': { href: 'image.tif', size: 1, modified: null, etag: null, sha256: null },
    'resflow:crs_assigned': false,
  },
  assets: { image: { href: 'image.tif', roles: ['data'], bands: [] } },
  links: [],
} satisfies SceneItem;

const run = runSchema.parse(
  runRecord('run-7', {
    model: { id: 'mono', variant: 'int8', sha256: 'abc' },
    created: '2026-11-21T01:00:00Z',
    updated: '2026-11-21T02:00:00Z',
    status: 'running',
    parameters: { corePixels: 512, haloPixels: 64, blendPixels: 8, blockPixels: 512, gsdMetres: 0.3 },
    execution: { regionPixels: 4096, workers: 2, maxMemoryMiB: 4096 },
    tasks: { planned: 1, reused: 0, done: 1, failed: 0 },
    seconds: 1,
    megapixels: 1,
    megapixelsPerSecond: 1,
    overlapFactor: 1.2,
    peakMemoryMiB: 100,
  }),
);

const scores = { validation: { iou: 0.6, f1: 0.7, precision: 0.8, recall: 0.65 } };
const card = modelCardSchema.parse({
  version: 1,
  id: 'mono',
  name: 'Mono',
  created: '2026-11-20T00:00:00Z',
  task: 'segmentation',
  application: 'buildings',
  bucket: null,
  classes: [{ id: 1, name: 'building', colour: '#d62728' }],
  background: true,
  output: { activation: 'sigmoid', channels: 1, temperature: 1, threshold: 0.5 },
  bands: [{ name: 'red' }],
  input: { multiple: 16, fixed: null },
  normalisation: { kind: 'scene', clip: 5 },
  gsd: { metres: 0.3, min: 0.1, max: 0.6 },
  halo: { pixels: 64, tolerance: 0.01, theoreticalPixels: null },
  network: { name: 'small-unet', parameters: 1, gmacAt512: null },
  training: null,
  scores,
  variants: { float32: { file: 'model.onnx', sha256: 'abc', bytes: 1 } },
  defaultCpuVariant: 'float32',
  licence: null,
});

const input: MapItemInput = {
  scene,
  run,
  card,
  grid: { width: 888, height: 444, transform: [1, 0.3, 0.01, 2, 0.02, -0.3] },
  layers: [CLASS_LAYER, CONFIDENCE_LAYER],
  outputs: [
    { name: 'class', path: '/ws/runs/run-7/maps/kavre/class.tif' },
    { name: 'confidence', path: '/ws/runs/run-7/maps/kavre/confidence.tif' },
  ],
};

describe('the STAC Item of a map', () => {
  const item = mapItem(input);

  test('says when, where and on which grid', () => {
    expect(item.properties).toMatchObject({
      datetime: null,
      start_datetime: '2020-01-01T00:00:00Z',
      end_datetime: '2020-01-02T00:00:00Z',
      created: run.created,
      'proj:code': 'EPSG:32645',
      'proj:shape': [444, 888],
      'proj:transform': [0.3, 0.01, 1, 0.02, -0.3, 2],
    });
    expect(item.geometry).toEqual(scene.geometry);
  });

  test('links scene, run and model card, and carries the model with its scores', () => {
    expect(Object.fromEntries(item.links.map(({ rel, href }) => [rel, href]))).toEqual({
      derived_from: '../../../../scenes/kavre.json',
      'resflow:run': '../../../../runs/run-7/run.json',
      'resflow:model': '../../../../models/buildings/mono/card.json',
    });
    expect(item.properties['resflow:model']).toEqual({ id: 'mono', variant: 'int8', sha256: 'abc', scores });
    expect(mapItem({ ...input, card: null }).links.map(({ rel }) => rel)).toEqual([
      'derived_from',
      'resflow:run',
    ]);
  });

  test('has a layer an asset, with classes or scale', () => {
    expect(item.assets['class']).toMatchObject({
      href: './class.tif',
      type: COG_MEDIA_TYPE,
      roles: ['data', 'classification'],
    });
    expect(item.assets['class']?.bands?.[0]?.['classification:classes']).toEqual([
      { value: 0, name: 'background', title: 'background', color_hint: 'D9D9D9' },
      { value: 1, name: 'building_1_tall_', title: 'building <1 & tall>', color_hint: 'D62728' },
      { value: 4, name: 'Stra_e', title: 'Straße', color_hint: '1F77B4' },
    ]);
    expect(item.assets['confidence']?.bands?.[0]).toMatchObject({ nodata: 0, 'raster:scale': 1 / 255 });
  });

  test('names classes in any script, within the letters that the extension allows', () => {
    const palette = [{ value: 3, name: '建物', colour: '#000000' }];
    const layers = [{ ...CLASS_LAYER, palette }];
    const classes = mapItem({ ...input, layers }).assets['class']?.bands?.[0]?.['classification:classes'];
    expect(classes).toEqual([{ value: 3, name: 'class_3', title: '建物', color_hint: '000000' }]);
  });
});
