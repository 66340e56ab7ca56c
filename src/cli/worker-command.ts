import { builtEntry } from '../core/built-entry.ts';
import { StandbyWorkers } from '../engine/standby-workers.ts';
import type { WorkerCommand } from '../engine/worker-process.ts';
import type { CommandContext } from './command.ts';

/**
 * How a worker of a workspace is started; `storage`: where its parts go instead. Its memory arenas are kept few, so that
 * freed memory goes back.
 */
export function workerCommand(
  workspace: string,
  env: Readonly<Record<string, string | undefined>>,
  storage?: string,
): WorkerCommand {
  const silence = Number(env['RESFLOW_WORKER_SILENCE_SECONDS'] ?? '300');
  return {
    command: process.execPath,
    args: [
      '--max-old-space-size=1024',
      builtEntry(import.meta.url, 'cli/worker-main.js'),
      workspace,
      ...(storage === undefined ? [] : [storage]),
    ],
    env: { ...env, MALLOC_ARENA_MAX: env['MALLOC_ARENA_MAX'] ?? '2' },
    silenceMs: (Number.isFinite(silence) && silence > 0 ? silence : 300) * 1000,
  };
}

const STOP_GRACE_MS = 1500;

/** Lends workers of a workspace (and a storage) to `work`, and ends those that are left when it ends, however it ends. */
export async function withStandbyWorkers<T>(
  { workspace, env }: Pick<CommandContext, 'workspace' | 'env'>,
  work: (standby: StandbyWorkers) => Promise<T>,
  storage?: string,
): Promise<T> {
  const standby = new StandbyWorkers(workerCommand(workspace, env, storage));
  try {
    return await work(standby);
  } finally {
    await standby.stop(STOP_GRACE_MS);
  }
}
