import { resourceError, type ResflowError } from '../core/errors.ts';
import { STORAGE_CODES } from '../storage/s3-errors.ts';
import type { TaskFailure } from './engine.ts';
import type { Task } from './protocol.ts';
import type { WorkerGone } from './worker-process.ts';

/** Failures of one task that doom all others too: the run stops, and can be resumed. */
const FATAL_CODES = new Set<string>(['DISK_FULL', 'NOT_WRITABLE', 'MODEL_CHANGED', ...STORAGE_CODES]);

export const isFatal = ({ code }: TaskFailure): boolean => FATAL_CODES.has(code);

export const fatal = ({ code, message, hint }: TaskFailure): ResflowError =>
  resourceError(code, message, hint === null ? {} : { hint });

/** Why a worker did not answer, and how often it was tried. */
export interface Loss {
  readonly code: WorkerGone['code'] | 'TASK_LOST';
  readonly message: string;
  readonly tries: number;
}

const LOSS_HINTS: Record<Loss['code'], string> = {
  WORKER_CRASHED:
    'Other regions went on. Look at the message; the same command again, or `resflow map resume RUN`, tries this region again.',
  WORKER_SILENT:
    'Storage may hang, or the model is very slow here; the same command again, or `resflow map resume RUN`, tries this region again.',
  WORKER_SPOKE_NONSENSE: 'Something printed to the standard output of the worker; please report it.',
  MEMORY_EXCEEDED:
    'Give a larger --max-memory, fewer --workers or a smaller --region; then `resflow map resume RUN`.',
  TASK_LOST:
    "The cluster's own log says more; the same command again, or `resflow map resume RUN`, tries this region again.",
};

/** The failure of a task whose worker is gone: which region, why, what to do. */
export const describeLoss = ({ code, message, tries }: Loss, task: Task): TaskFailure => ({
  code,
  message: `${placeOf(task)} of scene '${task.scene}': ${message} (try ${tries})`,
  hint: LOSS_HINTS[code],
  context: { scene: task.scene, task: task.id, tries },
});

function placeOf(task: Task): string {
  if (task.kind === 'scene-assembly') return 'The map';
  const { x, y, width, height } = task.window;
  return `Region ${width}x${height} at column ${x}, row ${y}`;
}
