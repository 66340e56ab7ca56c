import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { ERROR_FAMILIES, ResflowError, usageError, type ErrorFamily } from '../core/errors.ts';
import { silentProgress } from '../core/progress.ts';
import type { CommandPorts } from '../server/server-context.ts';
import type { AnyCommand, CommandContext } from './command.ts';
import { liveFolder } from '../workspace/layout.ts';
import { optionProblems } from './option-problems.ts';
import { planLive } from './plan-live.ts';
import { workerCommand } from './worker-command.ts';

/** The program as it is started from a shell; from the sources too (tests), where dist/ is built. */
const PROGRAM = fileURLToPath(new URL('../../bin/resflow', import.meta.url));

/** The declared commands, for the server. */
export const commandPorts = (context: CommandContext): CommandPorts => ({
  async run(path, input, signal) {
    const command = context.commands.find((one) => one.path.join(' ') === path.join(' '));
    if (command === undefined) throw new RangeError(`there is no command '${path.join(' ')}'`);
    return command.run(parseInput(command, input), { ...context, signal, progress: silentProgress });
  },
  planLive: (request, signal) => planLive(request, { ...context, signal, progress: silentProgress }),
  liveWorker: () => workerCommand(context.workspace, context.env, liveFolder(context.workspace)),
  async runApart(path, { options, args }, signal) {
    const words = [PROGRAM, ...path, ...options, '--workspace', context.workspace, '--json', '--', ...args];
    const env = { ...process.env, ...context.env };
    const { stdout, code } = await outputOf(
      spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'], env, signal }),
    );
    signal.throwIfAborted();
    return resultOf(stdout, code, path);
  },
  start(path, { options, args }, output) {
    const stdout = openSync(output.stdout, 'w');
    const stderr = openSync(output.stderr, 'a');
    const common = ['--workspace', context.workspace, '--json'];
    try {
      return spawn(process.execPath, [PROGRAM, ...path, ...options, ...common, '--', ...args], {
        // A group of its own: Ctrl-C at the server's terminal does not reach it.
        detached: true,
        stdio: ['ignore', stdout, stderr],
        env: { ...process.env, ...context.env },
      });
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
  },
});

function parseInput(command: AnyCommand, input: Readonly<Record<string, unknown>>): unknown {
  const parsed = command.input.safeParse(input);
  if (parsed.success) return parsed.data;
  throw usageError('BAD_OPTION', optionProblems(command, input, parsed.error));
}

const failureSchema = z.object({
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }),
});

async function outputOf(child: ChildProcess): Promise<{ stdout: string; code: number | null }> {
  const parts: Buffer[] = [];
  child.stdout?.on('data', (part: Buffer) => parts.push(part));
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return { stdout: Buffer.concat(parts).toString('utf8'), code };
}

/** What a process printed with --json: its result, or the error that it ended with, of the family that its exit code says. */
function resultOf(stdout: string, code: number | null, path: readonly string[]): unknown {
  let value: unknown;
  try {
    value = JSON.parse(stdout);
  } catch {
    throw new Error(`'${path.join(' ')}' ended with ${code ?? 'a signal'} and printed no result`);
  }
  const failed = failureSchema.safeParse(value).data?.error;
  if (failed === undefined) return value;
  const family = FAMILIES.find((name) => ERROR_FAMILIES[name].exitCode === code) ?? 'internal';
  throw new ResflowError(
    family,
    failed.code,
    failed.message,
    failed.hint === null ? {} : { hint: failed.hint },
  );
}

const FAMILIES = Object.keys(ERROR_FAMILIES) as ErrorFamily[];
