import { resourceError } from '../core/errors.ts';
import type { MapTask, MapTaskReport, ProbeRequest } from '../engine/protocol.ts';
import type { TaskSignals } from '../engine/serve-worker.ts';
import type { ModelProbe } from '../inference/memory-estimate.ts';
import { InputMirror } from '../storage/input-mirror.ts';
import { inputsFolder } from '../storage/open-store.ts';
import { sceneFile } from '../workspace/layout.ts';
import { isSceneRecord } from '../workspace/task-inputs.ts';
import { MapWorker, type MapWorkerPlaces } from './map-worker.ts';

interface Mirrored {
  readonly digest: string;
  readonly mirror: InputMirror;
  readonly worker: MapWorker;
}

/** A worker on a host that sees no workspace: copies what its tasks read from the storage, and works as any other. */
export class MirrorWorker {
  readonly #places: MapWorkerPlaces;
  readonly #folder: string;
  #open: Mirrored | null = null;

  /** `scratch`: a local folder for the copies. */
  constructor(scratch: string, places: MapWorkerPlaces) {
    this.#folder = inputsFolder(scratch);
    this.#places = places;
  }

  async run(task: MapTask, signals: TaskSignals): Promise<{ reused: boolean; report: MapTaskReport }> {
    const { mirror, worker } = await this.#mirrorOf(task);
    const record = sceneFile('', task.scene);
    await mirror.fetch((path) => path === record || !isSceneRecord(path));
    return worker.run(task, signals);
  }

  probe(_request: ProbeRequest): Promise<ModelProbe> {
    return Promise.reject(new Error('models are measured in a workspace'));
  }

  async #mirrorOf({ inputs, scene }: MapTask): Promise<Mirrored> {
    if (inputs === undefined) {
      throw resourceError('INPUTS_MISSING', `A task of scene '${scene}' does not say which files it reads.`, {
        hint: 'Start the run with --storage.',
      });
    }
    if (this.#open?.digest === inputs) return this.#open;
    const mirror = await InputMirror.open(this.#places.store, this.#folder, inputs);
    await this.#open?.mirror.close();
    this.#open = { digest: inputs, mirror, worker: new MapWorker(mirror.root, this.#places) };
    return this.#open;
  }
}
