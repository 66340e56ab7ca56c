import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { usageError } from '../core/errors.ts';
import { silentProgress } from '../core/progress.ts';
import type { CommandPorts } from '../server/server-context.ts';
import type { AnyCommand, CommandContext } from './command.ts';
import { optionProblems } from './option-problems.ts';

/** The program as it is started from a shell; from the sources too (tests), where dist/ is built. */
const PROGRAM = fileURLToPath(new URL('../../bin/resflow', import.meta.url));

/** The declared commands, for the server. */
export const commandPorts = (context: CommandContext): CommandPorts => ({
  async run(path, input, signal) {
    const command = context.commands.find((one) => one.path.join(' ') === path.join(' '));
    if (command === undefined) throw new RangeError(`there is no command '${path.join(' ')}'`);
    return command.run(parseInput(command, input), { ...context, signal, progress: silentProgress });
  },
  start(args, output) {
    const stdout = openSync(output.stdout, 'w');
    const stderr = openSync(output.stderr, 'a');
    try {
      return spawn(process.execPath, [PROGRAM, ...args, '--workspace', context.workspace, '--json'], {
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
