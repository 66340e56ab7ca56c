import { join } from 'node:path';
import { peakResidentMiB } from '../engine/memory.ts';
import type { MapTask, MapTaskReport, ProbeRequest } from '../engine/protocol.ts';
import { executeRegion, RegionMemory } from '../inference/execute-region.ts';
import { mapLayers } from '../inference/map-layers.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';
import type { ModelCard } from '../model/card.ts';
import { openModelSession, type ModelSession } from '../model/onnx-session.ts';
import { writePart } from '../mosaic/write-part.ts';
import type { ReaderInto } from '../raster/pixel-block.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { readMarker, writeMarker } from '../workspace/ledger.ts';
import { partFile } from '../workspace/layout.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import { statisticsOf } from '../workspace/scene-identity.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import { measureModel } from './measure-model.ts';

interface OpenScene {
  readonly key: string;
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  readonly reader: ReaderInto;
}

/** A worker's hands: executes region tasks of one workspace; keeps the last model and the last scene open. */
export class MapWorker {
  readonly #root: string;
  readonly #memory = new RegionMemory();
  #model: { key: string; session: ModelSession } | null = null;
  #scene: OpenScene | null = null;

  constructor(root: string) {
    this.#root = root;
  }

  /** Executes one task, unless its marker is there: part file first, then the marker, each only if absent. */
  async run(
    task: MapTask,
    progress: (chips: number, total: number) => void,
  ): Promise<{ reused: boolean; report: MapTaskReport }> {
    const finished = await readMarker(this.#root, task.id);
    if (finished !== null) return { reused: true, report: finished };
    const started = performance.now();
    const session = await this.#openModel(task.model);
    const scene = await this.#openScene(task);
    const region = await executeRegion(
      { task, grid: scene.grid, statistics: statisticsOf(scene.item, task.bands) },
      { reader: scene.reader, session, memory: this.#memory, progress },
    );
    const encodeStart = performance.now();
    const content = {
      grid: scene.grid,
      window: task.window,
      blockPixels: task.parameters.blockPixels,
      layers: layersOf(region, session.card),
      borders: region.borders,
    };
    const part = await writePart(partFile(this.#root, task.id), content);
    const now = performance.now();
    const { counts, seconds } = region;
    const report: MapTaskReport = {
      task: task.id,
      partBytes: part.bytes,
      partSha256: part.sha256,
      ...counts,
      seconds: { total: (now - started) / 1000, ...seconds, encode: (now - encodeStart) / 1000 },
      peakMemoryMiB: Math.round(peakResidentMiB()),
    };
    await writeMarker(this.#root, report);
    return { reused: false, report };
  }

  /** Measures a model, which stays open for the tasks that follow. */
  async probe(request: ProbeRequest): Promise<ModelProbe> {
    return measureModel(await this.#openModel(request.model), request);
  }

  async #openModel({ folder, variant, sha256 }: MapTask['model']): Promise<ModelSession> {
    const key = `${folder} ${variant} ${sha256}`;
    if (this.#model?.key === key) return this.#model.session;
    await this.#model?.session.close();
    this.#model = null;
    const session = await openModelSession(join(this.#root, folder), variant, { threads: 1 });
    this.#model = { key, session };
    return session;
  }

  async #openScene(task: MapTask): Promise<OpenScene> {
    const key = `${task.scene} ${task.bands.join(',')} ${task.parameters.gsdMetres}`;
    if (this.#scene?.key === key) return this.#scene;
    this.#scene?.reader.close();
    this.#scene = null;
    const item = await readScene(this.#root, task.scene);
    const grid = sceneGrid(item, task.parameters.gsdMetres);
    const reader = await openSceneReader(sceneSource(item, task.bands), grid);
    this.#scene = { key, item, grid, reader };
    return this.#scene;
  }
}

const layersOf = (region: { classes: Uint8Array; confidence: Uint8Array }, card: ModelCard | null) => {
  const layers = mapLayers(card);
  return [
    { spec: layers.class, data: region.classes },
    { spec: layers.confidence, data: region.confidence },
  ];
};
