import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { systemErrorCode, workspaceError } from '../core/errors.ts';
import { mapTaskSchema, type MapTask } from '../engine/protocol.ts';
import { runFile, runFolder, runsFolder } from './layout.ts';
import { runSchema, type RunRecord } from './run-record.ts';
import { listFolders, readRecord, writeRecord } from './workspace.ts';

/** A new run's name. It sorts by the moment of its beginning, to the millisecond: the last one is `latest`. */
export const newRunId = (created: Date): string =>
  `${created.toISOString().slice(0, 23).replace(/[-:.]/g, '').replace('T', '-')}-${randomBytes(2).toString('hex')}`;

/** The form of such a name. */
export const RUN_ID_PATTERN = /^\d{8}-\d{9}-[0-9a-f]{4}$/;

export const listRunIds = (root: string): Promise<string[]> => listFolders(runsFolder(root), 'run.json');

/** Reads one run's record. Throws workspace error NO_RUN. `latest` names the newest run. */
export async function readRun(root: string, run: string): Promise<RunRecord> {
  const id = run === 'latest' ? ((await listRunIds(root)).at(-1) ?? run) : run;
  try {
    return await readRecord(runFile(root, id), runSchema);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    throw workspaceError('NO_RUN', `There is no run '${id}' in this workspace.`, {
      hint: '`resflow map list` shows the runs; `resflow map run` starts one.',
      context: { run: id },
    });
  }
}

export const writeRun = (root: string, run: RunRecord): Promise<void> =>
  writeRecord(runFile(root, run.id), run);

const planFile = (root: string, run: string): string => join(runFolder(root, run), 'plan.jsonl');

/** The tasks of a run, one a line, so that it can be resumed by any process on the same workspace. */
export const writePlan = (root: string, run: string, tasks: readonly MapTask[]): Promise<void> =>
  writeFileAtomic(planFile(root, run), tasks.map((task) => `${JSON.stringify(task)}\n`).join(''));

/** The tasks of a run, or of one of its scenes. */
export async function readPlan(root: string, run: string, scene: string | null = null): Promise<MapTask[]> {
  const plan = await readFile(planFile(root, run));
  // A plan may be longer than a string can be, and its lines are of a few scenes: others are not parsed.
  const mark = scene === null ? '{' : JSON.stringify(scene);
  const tasks: MapTask[] = [];
  let end = 0;
  for (let at = plan.indexOf(mark); at !== -1; at = plan.indexOf(mark, end)) {
    const start = plan.lastIndexOf('\n', at) + 1;
    const next = plan.indexOf('\n', at);
    end = next === -1 ? plan.length : next;
    const task = mapTaskSchema.parse(JSON.parse(plan.toString('utf8', start, end)));
    if (scene === null || task.scene === scene) tasks.push(task);
  }
  return tasks;
}
