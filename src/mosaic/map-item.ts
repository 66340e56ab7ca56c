import type { Affine } from '../geo/affine.ts';
import type { ModelCard } from '../model/card.ts';
import { isRemote } from '../raster/gdal-path.ts';
import { runFile, modelFolder, sceneFile } from '../workspace/layout.ts';
import type { RunGallery, RunRecord } from '../workspace/run-record.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import type { LayerSpec } from './layer.ts';

/** What a map is made from and where its layers lie. */
export interface MapItemInput {
  readonly scene: SceneItem;
  readonly run: RunRecord;
  /** null: the no-op classifier. */
  readonly card: ModelCard | null;
  readonly grid: {
    readonly width: number;
    readonly height: number;
    readonly transform: Affine;
    readonly gsdMetres?: number;
  };
  readonly layers: readonly LayerSpec[];
  /** In the folder the Item is written to. */
  readonly outputs: readonly { readonly name: string; readonly path: string }[];
  /** Where the map lies apart from its workspace: addresses in full, and no links into that. */
  readonly apart?: boolean;
}

export const COG_MEDIA_TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized';

const EXTENSIONS = [
  'https://stac-extensions.github.io/projection/v2.0.0/schema.json',
  'https://stac-extensions.github.io/raster/v2.0.0/schema.json',
  'https://stac-extensions.github.io/classification/v2.0.0/schema.json',
];

/** From runs/RUN/maps/SCENE/item.json to the workspace. */
const WORKSPACE = '../../../..';

/**
 * The STAC 1.1.0 Item of a scene's map: place and time of the scene, the grid in the projection extension, a layer an
 * asset (classes in the classification extension, scale in the raster extension), links to scene, model card and run,
 * digest and scores of the model. Pure; `created` is the run's. Links are relative to the Item's place in the workspace.
 */
export function mapItem(input: MapItemInput) {
  const { scene, run, grid } = input;
  const { datetime, start_datetime, end_datetime } = scene.properties;
  const [x0, x1, x2, y0, y1, y2] = grid.transform;
  return {
    type: 'Feature',
    stac_version: '1.1.0',
    stac_extensions: EXTENSIONS,
    id: `${scene.id}-${run.id}`,
    geometry: scene.geometry,
    bbox: scene.bbox,
    properties: {
      title: `${run.application} map of ${scene.id}`,
      datetime,
      ...(start_datetime === undefined ? {} : { start_datetime }),
      ...(end_datetime === undefined ? {} : { end_datetime }),
      created: run.created,
      ...(grid.gsdMetres === undefined ? {} : { gsd: grid.gsdMetres }),
      'proj:code': scene.properties['proj:code'],
      'proj:wkt2': scene.properties['proj:wkt2'],
      'proj:shape': [grid.height, grid.width],
      'proj:transform': [x1, x2, x0, y1, y2, y0],
      'resflow:version': 1,
      'resflow:scene': scene.id,
      'resflow:run': run.id,
      'resflow:application': run.application,
      'resflow:model': { ...run.model, scores: input.card?.scores ?? {} },
      ...(run.gallery === undefined ? {} : { 'resflow:gallery': galleryOf(run.gallery) }),
    },
    assets: Object.fromEntries(input.outputs.map(({ name, path }) => [name, assetOf(input, name, path)])),
    links: linksOf(input),
  };
}

export type MapItem = ReturnType<typeof mapItem>;

/** Which gallery, partition and models made the map; of each bucket the model and its weights. */
const galleryOf = ({ id, partition, models, buckets }: RunGallery) => ({
  id,
  partition,
  models,
  buckets: buckets.map(({ bucket, code, model }) => ({
    bucket,
    code,
    model,
    sha256: models.find((one) => one.id === model)?.sha256 ?? null,
  })),
});

function assetOf({ layers, apart = false }: MapItemInput, name: string, path: string) {
  const spec = layers.find((layer) => layer.name === name);
  return {
    href: apart ? path : `./${path.split(/[\\/]/).at(-1) ?? path}`,
    type: COG_MEDIA_TYPE,
    title: name,
    roles: ['data', ...(spec?.kind === 'class' ? ['classification'] : [])],
    ...(spec === undefined ? {} : { description: spec.description, bands: [bandOf(spec)] }),
  };
}

function bandOf(spec: LayerSpec) {
  return {
    name: spec.name,
    data_type: 'uint8',
    nodata: spec.noData,
    ...(spec.scale === undefined ? {} : { 'raster:scale': spec.scale, 'raster:offset': 0 }),
    ...(spec.palette === undefined
      ? {}
      : {
          'classification:classes': spec.palette.map(({ value, name, colour }) => ({
            value,
            name: className(value, name),
            title: name,
            color_hint: colour.slice(1).toUpperCase(),
          })),
        }),
  };
}

/** The classification extension allows letters, digits, `_` and `-` in names; the title keeps the user's spelling. */
function className(value: number, name: string): string {
  const allowed = name.replace(/[^0-9A-Za-z_-]+/g, '_');
  return /[0-9A-Za-z]/.test(allowed) ? allowed : `class_${value}`;
}

function linksOf({ scene, run, card, apart = false }: MapItemInput) {
  if (apart) return sourceLink(scene);
  const links = [
    {
      rel: 'derived_from',
      href: sceneFile(WORKSPACE, scene.id),
      type: 'application/geo+json',
      title: 'Source scene',
    },
    {
      rel: 'resflow:run',
      href: runFile(WORKSPACE, run.id),
      type: 'application/json',
      title: 'Record of the run',
    },
  ];
  if (card === null) return links;
  const href = `${modelFolder(WORKSPACE, run.application, card.id)}/card.json`;
  return [...links, { rel: 'resflow:model', href, type: 'application/json', title: 'Model card' }];
}

/** Where the scene itself is, if others than this machine can reach it. */
function sourceLink(scene: SceneItem) {
  const { href } = scene.properties['resflow:source'];
  return isRemote(href) ? [{ rel: 'derived_from', href, type: 'image/tiff', title: 'Source scene' }] : [];
}
