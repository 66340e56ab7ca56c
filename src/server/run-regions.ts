import { join } from 'node:path';
import { z } from 'zod';
import { windowArea } from '../geo/window.ts';
import { crsTransform } from '../raster/crs.ts';
import { runFolder } from '../workspace/layout.ts';
import { readRunEvents, type RunEvent } from '../workspace/run-events.ts';
import { failureSchema } from '../workspace/run-record.ts';
import { readPlan } from '../workspace/runs.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { readScene } from '../workspace/scenes.ts';
import { windowCorners } from '../workspace/window-box.ts';
import { fileVersion, Watched } from './watched.ts';

export const regionSchema = z.object({
  task: z.string(),
  scene: z.string(),
  /** Corners in degrees, longitude first, in ring order, the first not repeated; empty where it has no place. */
  corners: z.array(z.tuple([z.number(), z.number()])),
  megapixels: z.number(),
  state: z.enum(['waiting', 'reused', 'begun', 'done', 'failed']),
  error: failureSchema.optional(),
});
export type Region = z.infer<typeof regionSchema>;

type PlacedRegion = Omit<Region, 'state' | 'error'>;

/** Plans do not change; those looked at last are kept. */
const KEPT_PLANS = 4;
const plans = new Watched<readonly PlacedRegion[]>(KEPT_PLANS);

/** The regions of a run, where they lie and what became of them. Throws NO_RUN where there is no plan. */
export async function readRegions(root: string, run: string): Promise<Region[]> {
  const placed = await placedRegions(root, run);
  const events = await readRunEvents(root, run, null);
  const last = new Map<string, RunEvent>();
  for (const event of events?.events ?? []) last.set(event.task, event);
  return placed.map((region) => {
    const event = last.get(region.task);
    if (event === undefined) return { ...region, state: 'waiting' };
    return { ...region, state: event.state, ...(event.error === undefined ? {} : { error: event.error }) };
  });
}

function placedRegions(root: string, run: string): Promise<readonly PlacedRegion[]> {
  const version = () => fileVersion(join(runFolder(root, run), 'plan.jsonl'));
  return plans.get(`${root} ${run}`, version, () => placeRegions(root, run));
}

async function placeRegions(root: string, run: string): Promise<PlacedRegion[]> {
  const tasks = await readPlan(root, run);
  const places = new Map<string, Awaited<ReturnType<typeof placeOf>>>();
  const regions: PlacedRegion[] = [];
  for (const { id, scene, window, parameters } of tasks) {
    const place = places.get(scene) ?? (await placeOf(root, scene, parameters.gsdMetres));
    places.set(scene, place);
    const corners = windowCorners(window, place.grid, place.toLonLat) ?? [];
    regions.push({
      task: id,
      scene,
      corners: corners.map(([lon, lat]) => [rounded(lon), rounded(lat)]),
      megapixels: windowArea(window) / 1e6,
    });
  }
  return regions;
}

async function placeOf(root: string, scene: string, gsdMetres: number | null) {
  const item = await readScene(root, scene);
  return {
    grid: sceneGrid(item, gsdMetres),
    toLonLat: crsTransform(item.properties['proj:wkt2'], 'OGC:CRS84'),
  };
}

/** A centimetre. */
const rounded = (degrees: number): number => Math.round(degrees * 1e7) / 1e7;
