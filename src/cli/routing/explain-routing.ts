import { join } from 'node:path';
import { Kept } from '../../core/kept.ts';
import { contractError } from '../../core/errors.ts';
import { chipId } from '../../embedding/plan-chip-tasks.ts';
import { codeText } from '../../hashing/codes.ts';
import type { CellRoute, GalleryChipPlace } from '../../inference/region-router.ts';
import { latticeRows, routeRow, rowRouting } from '../../inference/route-row.ts';
import { readCard } from '../../model/read-card.ts';
import { openSceneReader } from '../../raster/scene-reader.ts';
import { CellModels, type SecondModel } from '../../tiling/cell-lattice.ts';
import type { GalleryBucket } from '../../workspace/model-gallery-record.ts';
import { listModelGalleries } from '../../workspace/model-galleries.ts';
import { listSceneChips, readPartition } from '../../workspace/partitions.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { readPlan } from '../../workspace/runs.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { readRouting } from '../../workspace/routings.ts';
import { readSceneCodes } from '../../workspace/scene-codes.ts';
import { sceneGrid, sceneSource } from '../../workspace/scene-grid.ts';
import { statisticsOf } from '../../workspace/scene-identity.ts';
import { searchScenes } from '../gallery/search-scenes.ts';
import { ChipRouter } from './chip-router.ts';
import type { MapPixel } from './map-pixel.ts';
import { bandsRead, isRouted, rulesOf, type RoutedTask } from './routed-region.ts';
import { closeRouterNetworks, openRouterNetworks } from './router-networks.ts';

/** How a place of a routed map got its model. */
export interface ExplainedRouting {
  readonly gallery: string;
  readonly partition: string;
  /** Of the image gallery; without code where it has too little data for one. */
  readonly chip: { readonly id: string; readonly code: string | null };
  readonly bucket: number | null;
  /** Bits: to the bucket's centroid, and how many more to the second one. */
  readonly distance: number | null;
  readonly margin: number | null;
  /** How far its looks are from the nearest known ones, and how far they may be; null where the partition knows none. */
  readonly novelty: number | null;
  readonly noveltyLimit: number | null;
  readonly unknown: boolean;
  readonly distances: readonly {
    readonly bucket: number;
    readonly code: string;
    readonly bits: number | null;
    readonly model: string;
  }[];
  readonly model: string;
  /** Why it is that model. */
  readonly why: string;
  /** The second-nearest bucket's model, where it has a say, and its share of it; null elsewhere. */
  readonly second: { readonly bucket: number; readonly model: string; readonly share: number } | null;
  /** What the gallery's training says of the bucket; null where it does not count here. */
  readonly decision: GalleryBucket['decision'] | null;
  readonly scores: GalleryBucket['scores'] | null;
  readonly evidence: GalleryBucket['evidence'] | null;
  /** Chips of the image gallery whose codes are nearest; `alikeOf` says among which. */
  readonly alikeOf: string;
  readonly alike: readonly {
    readonly id: string;
    readonly place: string;
    readonly bucket: number;
    readonly bits: number;
  }[];
}

/** Routes the lattice chip around a place again, as the run did, and says what came of it. */
export async function explainRouting(
  root: string,
  run: RunRecord,
  pixel: MapPixel,
  limit: number,
): Promise<ExplainedRouting> {
  const task = (await readPlan(root, run.id)).find(({ scene }) => scene === pixel.item.id);
  if (task === undefined || !isRouted(task)) {
    throw contractError('PLAN_MISSING', `The plan of run '${run.id}' has no routed task of this scene.`, {
      hint: 'Its plan.jsonl was changed; map the scene again.',
      context: { run: run.id, scene: pixel.item.id },
    });
  }
  const routing = await readRouting(root, task.routing.digest);
  const { route, place, model, second } = await routeAgain(root, { task, routing, pixel });
  const galleries = await listModelGalleries(root, run.application);
  const record = galleries.find(({ id }) => id === routing.gallery);
  const counts = route !== null && !route.unknown && modelOfBucket(routing, route.bucket) === model;
  const bucket = counts ? record?.buckets.find((one) => one.bucket === route.bucket) : undefined;
  const modelId = routing.models[model]?.id ?? '';
  const { chipPixels } = routing.partition;
  const corner = { x: place.column * chipPixels, y: place.row * chipPixels };
  const alike = route === null ? NONE_ALIKE : await alikeTo(root, { routing, route, model, limit });
  return {
    gallery: routing.gallery,
    partition: routing.partition.digest,
    chip: { id: chipId(pixel.item.id, corner), code: route === null ? null : codeText(route.code) },
    bucket: route?.bucket ?? null,
    distance: route?.distance ?? null,
    margin: route?.margin ?? null,
    novelty: route?.novelty ?? null,
    noveltyLimit: routing.partition.unknown?.limit ?? null,
    unknown: route?.unknown ?? false,
    distances: routing.buckets.map((one) => ({
      bucket: one.bucket,
      code: one.code,
      bits: route?.bits[one.bucket] ?? null,
      model: routing.models[one.model]?.id ?? '',
    })),
    model: modelId,
    why: whyOf(route, { bucket, routing, model }),
    second:
      route === null || second === null
        ? null
        : { bucket: route.second, model: routing.models[second.model]?.id ?? '', share: second.share },
    decision: bucket?.decision ?? null,
    scores: bucket?.scores ?? null,
    evidence: bucket?.evidence ?? null,
    ...alike,
  };
}

function whyOf(
  route: CellRoute | null,
  { bucket, routing, model }: { bucket: GalleryBucket | undefined; routing: Routing; model: number },
): string {
  if (route === null)
    return 'The chip holds too little data for a code; it goes with what is beside it, or to Mono.';
  if (route.unknown) return whyUnknown(route, routing.partition);
  const own = modelOfBucket(routing, route.bucket);
  if (own !== model)
    return `Bucket ${route.bucket} has ${routing.models[own]?.id ?? 'another model'}; this chip goes with its neighbours, which saves more arithmetic than it is off (--yield ${routing.yieldBits ?? 0}).`;
  return bucket?.reason ?? 'The bucket has this model; the record of the gallery is gone.';
}

const modelOfBucket = (routing: Routing, bucket: number): number =>
  routing.buckets.find((one) => one.bucket === bucket)?.model ?? 0;

function whyUnknown({ novelty, distance }: CellRoute, { unknown, farBits }: Routing['partition']): string {
  const far =
    unknown === undefined || novelty === null
      ? `${distance} bits to the nearest bucket, and ${farBits} are the most`
      : `its looks are ${novelty.toFixed(2)} from the nearest known ones, and ${unknown.limit.toFixed(2)} is the most`;
  return `Unknown: ${far}; such chips go to Mono.`;
}

async function routeAgain(
  root: string,
  { task, routing, pixel }: { task: RoutedTask; routing: Routing; pixel: MapPixel },
): Promise<{
  route: CellRoute | null;
  place: GalleryChipPlace;
  model: number;
  second: SecondModel | null;
}> {
  const { item, column, row } = pixel;
  const grid = sceneGrid(item, task.parameters.gsdMetres);
  const bands = bandsRead(task);
  const cards = await Promise.all(routing.models.map(({ folder }) => readCard(join(root, folder))));
  const { codes } = task.routing;
  const networks = new Kept(closeRouterNetworks);
  const reader = await openSceneReader(sceneSource(item, bands), grid);
  try {
    const router = new ChipRouter({
      scene: item.id,
      routing,
      grid,
      galleryGrid: sceneGrid(item, routing.partition.gsdMetres),
      bands: task.routing.bands.map((band) => bands.indexOf(band)),
      statistics: statisticsOf(item, task.routing.bands),
      codes: codes === undefined ? null : await readSceneCodes(root, codes),
      networks: () => networks.get(routing.partition.digest, () => openRouterNetworks(root, routing)),
    });
    const { corePixels } = task.parameters;
    const { cellPixels } = routing;
    const rows = rowRouting(rulesOf(routing, cards), { grid, corePixels }, router);
    const [x, y] = [column - (column % corePixels), row - (row % corePixels)];
    const width = Math.min(corePixels, grid.width - x);
    const height = Math.min(corePixels, grid.height - y);
    const [lattice] = latticeRows([{ x, y, width, height }], rows);
    if (lattice === undefined) throw new Error('no lattice chip');
    const models = new CellModels();
    const { cells } = await routeRow(lattice, await reader.read(lattice.window), rows, models);
    const at = { column: Math.floor(column / cellPixels), row: Math.floor(row / cellPixels) };
    const cell = cells.find((one) => one.column === at.column && one.row === at.row);
    if (cell === undefined) throw new Error('a cell with data that has none');
    return {
      route: cell.route,
      place: router.chipAt(cell.window),
      model: models.at(at.column, at.row),
      second: models.secondAt(at),
    };
  } finally {
    reader.close();
    await networks.close();
  }
}

const NONE_ALIKE = { alike: [], alikeOf: '' };

/** The chips nearest by code: of the scenes that the model was trained on, or, where none is known, of all. */
async function alikeTo(
  root: string,
  { routing, route, model, limit }: { routing: Routing; route: CellRoute; model: number; limit: number },
): Promise<Pick<ExplainedRouting, 'alike' | 'alikeOf'>> {
  const partition = await readPartition(root, routing.partition.digest);
  const chosen = routing.models[model];
  if (partition === null || chosen === undefined || limit === 0) return NONE_ALIKE;
  const card = await readCard(join(root, chosen.folder));
  const all = (await listSceneChips(root, partition.digest)).filter(({ chips }) => chips > 0);
  const trained = all.filter(({ scene }) => card.training?.trainScenes.includes(scene) ?? false);
  const scenes = trained.length > 0 ? trained : all;
  if (scenes.length === 0) return NONE_ALIKE;
  const filter = { limit, bucket: null, maxDistance: Number.POSITIVE_INFINITY };
  const hits = await searchScenes(root, partition, scenes, { code: route.code, filter });
  return {
    alikeOf: trained.length > 0 ? `, of the scenes ${chosen.id} was trained on` : ', in the image gallery',
    alike: hits.map(({ id, place, bucket, bits }) => ({ id, place, bucket, bits })),
  };
}
