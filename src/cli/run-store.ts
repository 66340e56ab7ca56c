import type { MapTask } from '../engine/protocol.ts';
import { fileStore } from '../storage/file-store.ts';
import { storeInputs } from '../storage/inputs.ts';
import { openS3Store, prepareStorage } from '../storage/open-store.ts';
import { formatS3Address, parseS3Address } from '../storage/s3-address.ts';
import type { Store } from '../storage/store.ts';
import { runFolder } from '../workspace/layout.ts';
import { partKey } from '../workspace/ledger.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { taskInputs } from '../workspace/task-inputs.ts';
import type { CommandContext } from './command.ts';

type Context = Pick<CommandContext, 'workspace' | 'env' | 'signal' | 'log'>;

/** Where a run's parts, markers and maps are: its storage, or the workspace. */
export async function openRunStore(
  { storage }: Pick<RunRecord, 'storage'>,
  { workspace, env, signal, log }: Context,
): Promise<Store> {
  if (storage === undefined) return fileStore(workspace);
  const onTrouble = (address: string, error: unknown) =>
    log.warn({ address, error: String(error) }, 'the storage does not answer; trying again');
  return openS3Store(storage, { env, signal, onTrouble });
}

/** Ends the uploads that a killed coordinator or its workers left: of this run's maps and of its tasks' parts. */
export async function sweepRunStore(store: Store, run: string, tasks: readonly MapTask[]): Promise<void> {
  await store.sweep(`${runFolder('', run)}/`);
  const parts = new Set(tasks.map(({ id }) => partKey(id)));
  await store.sweep('parts/', (key) => parts.has(key));
}

/** An address as it is recorded. Throws usage error BAD_STORAGE. */
export const normalStorage = (text: string): string => formatS3Address(parseS3Address(text));

/** Nobody waits long for a service that is named wrongly. */
const FIRST_PATIENCE_MS = 10_000;

/** Sees to it that a storage can be used before anything is planned for it. */
export async function checkStorage(
  storage: string,
  { env, signal }: Pick<CommandContext, 'env' | 'signal'>,
): Promise<void> {
  await prepareStorage(await openS3Store(storage, { env, signal, patienceMs: FIRST_PATIENCE_MS }));
}

/** Tasks that say where a worker without the workspace finds what they read, which is put into the run's storage. */
export async function withInputs(
  tasks: readonly MapTask[],
  run: Pick<RunRecord, 'storage'>,
  context: Context,
): Promise<readonly MapTask[]> {
  if (run.storage === undefined) return tasks;
  const store = await openRunStore(run, context);
  const inputs = await storeInputs(store, context.workspace, await taskInputs(context.workspace, tasks));
  return tasks.map((task) => ({ ...task, inputs }));
}
