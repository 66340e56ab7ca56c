import { resolve } from 'node:path';
import { serveWorker } from '../engine/serve-worker.ts';
import { storageRoots } from '../workspace/storage-roots.ts';
import { ChipWorker } from './chip-worker.ts';
import { MapWorker } from './map-worker.ts';

/** Entry of a worker process: `node worker-main.js WORKSPACE`, requests on stdin, replies on stdout. */
const workspace = resolve(process.argv[2] ?? '.');
const roots = storageRoots(process.env);
const idleSeconds = Number(process.env['RESFLOW_WORKER_IDLE_SECONDS'] ?? '0');
const maps = new MapWorker(workspace, roots);
const chips = new ChipWorker(workspace, roots);
await serveWorker(
  {
    runTask: (task, progress) =>
      task.kind === 'map-region' ? maps.run(task, progress) : chips.run(task, progress),
    probe: (request) => maps.probe(request),
  },
  process.stdin,
  process.stdout,
  { onEnd: () => process.exit(0), idleMs: idleSeconds > 0 ? idleSeconds * 1000 : null },
);
process.exit(0);
