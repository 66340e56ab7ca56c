import type { ChildProcess } from 'node:child_process';
import type { Logger } from '../core/log.ts';
import type { WorkerCommand } from '../engine/worker-process.ts';
import type { SourceRules } from './source-guard.ts';
import type { LivePlan, LiveRequest } from './live/live-plan.ts';

/** What the command line lends the server: its declared commands, as functions and as processes. */
export interface CommandPorts {
  /**
   * Runs a command here and gives its result, as `--json` prints it. `input` is what the command's schema takes. Throws
   * the command's errors, and BAD_OPTION where the schema refuses.
   */
  run(
    path: readonly string[],
    input: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Plans a scene for predictions where somebody looks. Throws the errors of `map plan`. */
  planLive(request: LiveRequest, signal: AbortSignal): Promise<LivePlan>;
  /** How a worker is started whose parts go to `server/live`. */
  liveWorker(): WorkerCommand;
  /** Like `run`, as a process of its own, for what computes so much that answers to others would wait. */
  runApart(
    path: readonly string[],
    words: { readonly options: readonly string[]; readonly args: readonly string[] },
    signal: AbortSignal,
  ): Promise<unknown>;
  /**
   * Starts a command as a process of its own, which outlives this one; what it prints goes to files. `options` are whole
   * words such as `--scenes=a,b`; `args` are never taken for options.
   */
  start(
    path: readonly string[],
    words: { readonly options: readonly string[]; readonly args: readonly string[] },
    output: { readonly stdout: string; readonly stderr: string },
  ): ChildProcess;
}

/** What handlers of routes get beside their input. */
export interface ServerContext {
  /** Absolute path of the workspace. */
  readonly root: string;
  readonly version: string;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly commands: CommandPorts;
  readonly now: () => Date;
  readonly sources: SourceRules;
  /** Aborted when the server stops. */
  readonly signal: AbortSignal;
}
