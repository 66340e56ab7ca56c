import { join } from 'node:path';

/**
 * Where things lie in a workspace; plain files, each written under a temporary name and renamed.
 *
 * workspace.json                      version of the layout
 * scenes/<scene>.json                 STAC Item
 * applications/<app>/application.json
 * applications/<app>/labels/<id>.json label source
 * training-sets/<digest>/             set.json, chips.jsonl, arrays
 * models/<app>/<model>/               card.json, model.onnx, model.int8.onnx, metrics.json, history.jsonl, ...
 * model-galleries/<app>/<gallery>/    gallery.json: the model of each bucket
 * routings/<digest>.json              which model maps which bucket in a routed run
 * runs/<run>/                         run.json, plan.jsonl, events.jsonl; of the server: request.json, priority.json
 * runs/<run>/maps/<scene>/            class.tif, confidence.tif (routed: bucket.tif, margin.tif), item.json
 * gallery/current.json                the partition version in use
 * gallery/partitions/<digest>/        partition.json, encoder.onnx, hash.onnx, looks.bin, ...; never changed
 * gallery/chips/partition=<digest>/scene=<scene>/   chips.parquet, codes.bin, scene.json
 * gallery/extractors/<digest>/        encoder.onnx, encoder.json; chip sets and hash networks likewise
 * server/keys.json                    access keys of the server, hashed
 * server/live/                        predicted where somebody looked: parts and markers, which may go at any time
 * ledger/<2>/<task>.json              marker of a finished task, created only if absent
 * parts/<2>/<task>.part               its finished blocks
 */
export const WORKSPACE_VERSION = 1;

export const workspaceFile = (root: string) => join(root, 'workspace.json');
export const scenesFolder = (root: string) => join(root, 'scenes');
export const sceneFile = (root: string, scene: string) => join(root, 'scenes', `${scene}.json`);
export const applicationFolder = (root: string, app: string) => join(root, 'applications', app);
export const applicationFile = (root: string, app: string) =>
  join(root, 'applications', app, 'application.json');
export const labelsFolder = (root: string, app: string) => join(root, 'applications', app, 'labels');
export const labelFile = (root: string, app: string, id: string) =>
  join(labelsFolder(root, app), `${id}.json`);
export const trainingSetFolder = (root: string, digest: string) => join(root, 'training-sets', digest);
export const modelsFolder = (root: string, app: string) => join(root, 'models', app);
export const modelFolder = (root: string, app: string, model: string) => join(root, 'models', app, model);
export const modelGalleriesFolder = (root: string, app: string) => join(root, 'model-galleries', app);
export const modelGalleryFile = (root: string, app: string, gallery: string) =>
  join(modelGalleriesFolder(root, app), gallery, 'gallery.json');
export const routingFile = (root: string, digest: string) => join(root, 'routings', `${digest}.json`);
export const sceneCodesFile = (root: string, digest: string) =>
  join(root, 'routings', 'codes', `${digest}.json`);
export const runsFolder = (root: string) => join(root, 'runs');
export const runFolder = (root: string, run: string) => join(root, 'runs', run);
/** What `map vectorize` writes where it is not told another place. */
export const vectorsFolder = (root: string, run: string) => join(root, 'runs', run, 'vectors');
export const runFile = (root: string, run: string) => join(root, 'runs', run, 'run.json');
export const runEventsFile = (root: string, run: string) => join(root, 'runs', run, 'events.jsonl');
export const runPriorityFile = (root: string, run: string) => join(root, 'runs', run, 'priority.json');
export const runRequestFile = (root: string, run: string) => join(root, 'runs', run, 'request.json');
export const evaluationFile = (root: string, run: string) => join(root, 'runs', run, 'evaluation.json');
export const liveFolder = (root: string) => join(root, 'server', 'live');
export const keysFile = (root: string) => join(root, 'server', 'keys.json');
export const mapFolder = (root: string, run: string, scene: string) => join(root, 'runs', run, 'maps', scene);
export const markerFile = (root: string, task: string) =>
  join(root, 'ledger', task.slice(0, 2), `${task}.json`);
export const partFile = (root: string, task: string) => join(root, 'parts', task.slice(0, 2), `${task}.part`);

export const galleryFolder = (root: string) => join(root, 'gallery');
export const currentPartitionFile = (root: string) => join(root, 'gallery', 'current.json');
export const partitionFolder = (root: string, partition: string) =>
  join(root, 'gallery', 'partitions', partition);
/** In a partition's folder, where it knows looks. */
export const LOOKS_FILE = 'looks.bin';
/** Where a partition's chips lie: one folder a scene, named as Hive partitions are. */
export const chipsFolder = (root: string, partition: string) =>
  join(root, 'gallery', 'chips', `partition=${partition}`);
export const sceneChipsFolder = (root: string, partition: string, scene: string) =>
  join(chipsFolder(root, partition), `scene=${scene}`);
/** Steps of a build, each found again by the digest of what decides it. */
export const galleryStepFolder = (
  root: string,
  step: 'chip-sets' | 'extractors' | 'hashes',
  digest: string,
) => join(root, 'gallery', step, digest);
