import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { systemErrorCode, toResflowError } from '../core/errors.ts';
import { isSameProcess, startOfProcess } from '../core/process-identity.ts';
import { runFolder, runRequestFile, runsFolder } from '../workspace/layout.ts';
import { failureSchema, type Failure } from '../workspace/run-record.ts';
import { RUN_ID_PATTERN } from '../workspace/runs.ts';
import { readRecordIfAny, writeRecord } from '../workspace/workspace.ts';
import type { ServerContext } from './server-context.ts';

/** `request.json`: what was asked of the server for a run last, and the process that does it. */
const requestSchema = z.object({
  version: z.literal(1),
  asked: z.string(),
  command: z.enum(['run', 'resume']),
  /** What a new run was asked to be; its record says it once it is planned. */
  application: z.string(),
  process: z.object({ pid: z.int(), started: z.string().nullable() }).nullable(),
});
export type RunRequest = z.infer<typeof requestSchema>;

const OUTCOME = 'outcome.json';
const LOG = 'server.log';

/** Starts `map run` or `map resume` for a run, as a process that outlives the server, and records that. */
export async function startForRun(
  { root, commands, now, log }: ServerContext,
  run: string,
  request: {
    readonly command: 'run' | 'resume';
    readonly application: string;
    readonly options: readonly string[];
    readonly args: readonly string[];
  },
): Promise<void> {
  const { command, application, options, args } = request;
  const folder = runFolder(root, run);
  await mkdir(folder, { recursive: true });
  const record: RunRequest = { version: 1, asked: now().toISOString(), command, application, process: null };
  await writeRecord(runRequestFile(root, run), record);
  const child = commands.start(
    ['map', command],
    { options, args },
    { stdout: join(folder, OUTCOME), stderr: join(folder, LOG) },
  );
  child.on('error', (error) => log.error({ err: error, run }, 'a run could not be started'));
  child.unref();
  const { pid } = child;
  if (pid === undefined) return;
  await writeRecord(runRequestFile(root, run), { ...record, process: { pid, started: startOfProcess(pid) } });
}

export const readRequest = (root: string, run: string): Promise<RunRequest | null> =>
  readRecordIfAny(runRequestFile(root, run), requestSchema);

/** Whether the process of a request is still there. */
export const isAtWork = ({ process }: RunRequest): boolean =>
  process !== null && isSameProcess(process.pid, process.started);

/** Runs that were asked for and have no record of their own, sorted. */
export async function listRequested(root: string, recorded: ReadonlySet<string>): Promise<string[]> {
  const names = await readdir(runsFolder(root)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => RUN_ID_PATTERN.test(name) && !recorded.has(name)).sort();
}

const outcomeSchema = z.object({ error: failureSchema });

/** The error that the last request of a run ended with; null where it did not, or has not ended. */
export async function outcomeError(root: string, run: string): Promise<Failure | null> {
  try {
    const text = await readFile(join(runFolder(root, run), OUTCOME), 'utf8');
    return outcomeSchema.safeParse(JSON.parse(text)).data?.error ?? null;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' || error instanceof SyntaxError) return null;
    throw toResflowError(error);
  }
}
