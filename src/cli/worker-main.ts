import { resolve } from 'node:path';
import { serveWorker } from '../engine/serve-worker.ts';
import { storageRoots } from '../workspace/storage-roots.ts';
import { fileStore } from '../storage/file-store.ts';
import { openS3Store, scratchFolder } from '../storage/open-store.ts';
import { isS3 } from '../storage/s3-address.ts';
import { ChipWorker } from './chip-worker.ts';
import { MapWorker } from './map-worker.ts';
import { MirrorWorker } from './mirror-worker.ts';
import { gdalStorageSettings } from './object-storage.ts';
import { runAssembly } from './run-assembly.ts';

/**
 * Entry of a worker process: requests on stdin, replies on stdout.
 *
 *   node worker-main.js WORKSPACE                      everything is in the workspace
 *   node worker-main.js WORKSPACE s3://BUCKET/PREFIX   parts and markers are in the storage
 *   node worker-main.js WORKSPACE FOLDER               parts and markers are in that folder
 *   node worker-main.js s3://BUCKET/PREFIX             no workspace here: all is in the storage
 */
const [place = '.', storage] = process.argv.slice(2);
Object.assign(process.env, gdalStorageSettings(process.env));
const env = process.env;
const roots = storageRoots(env);
const idleSeconds = Number(env['RESFLOW_WORKER_IDLE_SECONDS'] ?? '0');
const workspace = isS3(place) ? null : resolve(place);
const parts = storage ?? place;
const store = isS3(parts) ? await openS3Store(parts, { env }) : fileStore(resolve(parts));
const maps =
  workspace === null
    ? new MirrorWorker(await scratchFolder(env), { store, roots })
    : new MapWorker(workspace, { store, roots });
const chips = workspace === null ? null : new ChipWorker(workspace, roots);
await serveWorker(
  {
    runTask: (task, signals) => {
      const { progress } = signals;
      if (task.kind === 'map-region') return maps.run(task, signals);
      if (workspace === null || chips === null) throw new Error('this is done in a workspace');
      if (task.kind === 'scene-assembly') return runAssembly(workspace, task, { store, progress });
      return chips.run(task, progress);
    },
    probe: (request) => maps.probe(request),
  },
  process.stdin,
  process.stdout,
  { onEnd: () => process.exit(0), idleMs: idleSeconds > 0 ? idleSeconds * 1000 : null },
);
process.exit(0);
