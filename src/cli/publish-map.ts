import { join } from 'node:path';
import { ResflowError } from '../core/errors.ts';
import type { MapTask } from '../engine/protocol.ts';
import { mapLayers, routedLayers } from '../inference/map-layers.ts';
import type { PublishedScene } from '../inference/scene-states.ts';
import { readCard } from '../model/read-card.ts';
import { assembleScene, type AssemblyStage } from '../mosaic/assemble-scene.ts';
import { mapItem } from '../mosaic/map-item.ts';
import { readRouting } from '../workspace/routings.ts';
import type { Store } from '../storage/store.ts';
import { mapFolder } from '../workspace/layout.ts';
import { forgetTask, partKey } from '../workspace/ledger.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { readScene } from '../workspace/scenes.ts';

/**
 * Assembles one scene's layers from its parts and writes the map's STAC Item beside them. The files say which scene,
 * application and weights made them, not which run: equal work gives equal bytes. A part that turns out damaged is
 * removed with its marker, so that resuming the run makes it again. Without a map of a share, without seams of the seal.
 */
export async function publishMap(
  root: string,
  run: RunRecord,
  sceneId: string,
  work: {
    tasks: readonly MapTask[];
    store: Store;
    signal: AbortSignal;
    /** As `SceneAssembly`'s. */
    stage?: AssemblyStage | undefined;
    /** Told of the bytes read of a layer, of so many. */
    progress?: (done: number, total: number) => void;
  },
): Promise<PublishedScene> {
  const scene = await readScene(root, sceneId);
  const task = work.tasks[0];
  if (task === undefined) throw new Error(`scene '${sceneId}' without tasks`);
  const card = task.model.variant === 'noop' ? null : await readCard(join(root, task.model.folder));
  const grid = { ...sceneGrid(scene, run.parameters.gsdMetres), wkt: scene.properties['proj:wkt2'] };
  const routing = task.routing === undefined ? null : await readRouting(root, task.routing.digest);
  const layers = [
    ...Object.values(mapLayers(card)),
    ...(routing === null ? [] : Object.values(routedLayers(routing.buckets))),
  ];
  const folder = mapFolder('', run.id, sceneId);
  const outputs = layers.map(({ name }) => ({ name, key: `${folder}/${name}.tif` }));
  const metadata = {
    RESFLOW_SCENE: sceneId,
    RESFLOW_APPLICATION: run.application,
    RESFLOW_MODEL: run.model.id,
    RESFLOW_MODEL_VARIANT: run.model.variant,
    RESFLOW_MODEL_SHA256: run.model.sha256,
    ...(run.gallery === undefined
      ? {}
      : { RESFLOW_GALLERY: run.gallery.id, RESFLOW_PARTITION: run.gallery.partition }),
  };
  const parts = work.tasks.map((one) => partKey(one.id));
  const { blockPixels, blendPixels } = run.parameters;
  const { store, signal, progress, stage } = work;
  const { seams } = await assembleScene({
    store,
    parts,
    grid,
    blockPixels,
    blendPixels,
    layers,
    outputs,
    metadata,
    signal,
    progress,
    stage,
  }).catch(async (error: unknown) => {
    if (error instanceof ResflowError && error.code === 'PART_DAMAGED')
      await forget(store, work.tasks, error);
    throw error;
  });
  if (stage !== undefined && stage !== 'seal') return { map: null, seams };
  const item = `${folder}/item.json`;
  const paths = outputs.map(({ name, key }) => ({ name, path: store.addressOf(key) }));
  const record = mapItem({ scene, run, card, grid, layers, outputs: paths, apart: store.kind === 's3' });
  await store.write(item, `${JSON.stringify(record, null, 2)}\n`);
  const written = Object.fromEntries(paths.map(({ name, path }) => [name, path]));
  return { map: { layers: written, item: store.addressOf(item) }, seams };
}

async function forget(store: Store, tasks: readonly MapTask[], error: ResflowError): Promise<void> {
  for (const { id } of tasks) {
    if (Object.values(error.context).includes(store.addressOf(partKey(id)))) await forgetTask(store, id);
  }
}
