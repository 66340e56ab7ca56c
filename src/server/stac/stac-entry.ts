import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import type { WorkspaceRecords } from '../tiles/workspace-records.ts';

/** The collection of all scenes; each run's maps are a collection of their own. */
export const SCENES = 'scenes';
const MAPS = 'maps-';

export const mapsCollection = (run: string): string => `${MAPS}${run}`;

/** The run whose maps a collection holds; null for another. */
export const runOfCollection = (collection: string): string | null =>
  collection.startsWith(MAPS) ? collection.slice(MAPS.length) : null;

/** An Item before it is written: what searches look at. */
export interface StacEntry {
  readonly collection: string;
  readonly id: string;
  readonly box: LonLatBox;
  readonly geometry: SceneItem['geometry'];
  /** Milliseconds since 1970, both included. */
  readonly from: number;
  readonly to: number;
  readonly scene: SceneItem;
  /** Of a map. */
  readonly run: RunRecord | null;
}

/** Every scene, then the maps of each run, in the order of their names: the order in which pages follow each other. */
export async function stacEntries(records: WorkspaceRecords): Promise<StacEntry[]> {
  const scenes = await records.scenes();
  const runs = await records.runs();
  const all = [...scenes.values()].map((scene) => entryOf(scene, null));
  for (const run of runs) {
    for (const { scene, layers } of run.scenes) {
      const item = scenes.get(scene);
      if (item !== undefined && Object.keys(layers).length > 0) all.push(entryOf(item, run));
    }
  }
  return all.sort(byPlace);
}

function entryOf(scene: SceneItem, run: RunRecord | null): StacEntry {
  const { datetime, start_datetime, end_datetime, created } = scene.properties;
  return {
    collection: run === null ? SCENES : mapsCollection(run.id),
    id: run === null ? scene.id : `${scene.id}-${run.id}`,
    box: scene.bbox,
    geometry: scene.geometry,
    from: Date.parse(start_datetime ?? datetime ?? created),
    to: Date.parse(end_datetime ?? datetime ?? created),
    scene,
    run,
  };
}

/** A place in the order of pages. */
export interface EntryPlace {
  readonly collection: string;
  readonly id: string;
}

export function byPlace(a: EntryPlace, b: EntryPlace): number {
  if (a.collection !== b.collection) return a.collection < b.collection ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
