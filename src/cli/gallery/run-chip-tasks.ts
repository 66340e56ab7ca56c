import { join } from 'node:path';
import { sweepTemporary } from '../../core/atomic-file.ts';
import { ResflowError } from '../../core/errors.ts';
import { readChipPart, type ChipPart } from '../../embedding/chip-part.ts';
import { chipTaskReportSchema, type ChipTask } from '../../engine/chip-task.ts';
import type { TaskFailure } from '../../engine/engine.ts';
import { createLocalEngine } from '../../engine/local-engine.ts';
import { StandbyWorkers } from '../../engine/standby-workers.ts';
import { partFile } from '../../workspace/layout.ts';
import { fileStore } from '../../storage/file-store.ts';
import { readMarkerOf } from '../../workspace/ledger.ts';
import type { CommandContext } from '../command.ts';
import { defaultMemoryMiB, defaultWorkers } from '../map-options.ts';
import { workerCommand } from '../worker-command.ts';

const MAX_TRIES = 3;

/** How many tasks were found done, and how many had to run. */
export interface ChipTaskCounts {
  readonly planned: number;
  readonly reused: number;
  readonly done: number;
}

/**
 * Brings tasks to their ends on worker processes; what the ledger has is not done again. A failed region does not stop
 * the others; at the end the first failure is thrown with its own code (family partial), so that nothing is missing
 * silently. Finished regions stay finished.
 */
export async function runChipTasks(
  label: string,
  tasks: readonly ChipTask[],
  context: CommandContext,
): Promise<ChipTaskCounts> {
  const { workspace: root, progress } = context;
  await Promise.all(['parts', 'ledger'].map((folder) => sweepTemporary(join(root, folder))));
  const store = fileStore(root);
  const todo: ChipTask[] = [];
  for (const task of tasks) {
    if ((await readMarkerOf(store, task.id, chipTaskReportSchema)) === null) todo.push(task);
  }
  const engine = createLocalEngine({
    workers: defaultWorkers(),
    standby: new StandbyWorkers(workerCommand(root, context.env)),
    maxMemoryMiB: defaultMemoryMiB(),
    maxTries: MAX_TRIES,
  });
  const failures: TaskFailure[] = [];
  let done = 0;
  progress.start(label, todo.length, 'regions');
  try {
    for await (const outcome of engine.run(todo, context.signal)) {
      if (outcome.status === 'failed') failures.push(outcome.error);
      done += 1;
      progress.update(done, outcome.task.scene);
    }
  } finally {
    progress.stop();
  }
  refuseFailures(failures, tasks.length);
  return { planned: tasks.length, reused: tasks.length - todo.length, done };
}

function refuseFailures(failures: readonly TaskFailure[], planned: number): void {
  const [first] = failures;
  if (first === undefined) return;
  throw new ResflowError(
    'partial',
    first.code,
    `${failures.length} of ${planned} regions failed; the first: ${first.message}`,
    {
      hint: first.hint ?? 'The same command does only what is missing.',
      context: { failed: failures.length, planned, messages: failures.slice(0, 20).map((f) => f.message) },
    },
  );
}

/** What finished tasks left, in their order. */
export const readParts = (root: string, tasks: readonly ChipTask[]): Promise<ChipPart[]> =>
  Promise.all(tasks.map((task) => readChipPart(partFile(root, task.id))));
