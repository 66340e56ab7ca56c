import { resolve } from 'node:path';
import { Command as Program, CommanderError, Option } from 'commander';
import { ERROR_FAMILIES, ResflowError, toResflowError, usageError } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import type { AnyCommand, CommandContext } from './command.ts';
import { COMMON_OPTIONS } from './common-options.ts';
import { gdalStorageSettings } from './object-storage.ts';
import { optionProblems } from './option-problems.ts';
import { readManifest } from './package-manifest.ts';
import { withoutPrepositions } from './prepositions.ts';
import { terminalProgress } from './terminal-progress.ts';

interface CommonOptions {
  workspace: string;
  json: boolean;
  logLevel: string;
}

/** A western longitude is no option: LON,LAT that begins with a minus gets a space in front, which its readers drop. */
const shieldPlace = (text: string): string => (/^-\d[\d.]*,/.test(text) ? ` ${text}` : text);

/** Runs one of the commands and sets the process's exit code. Results go to stdout, everything else to stderr. */
export async function runProgram(argv: readonly string[], commands: readonly AnyCommand[]): Promise<void> {
  const json = argv.includes('--json');
  let complaint = '';
  for (const stream of [process.stdout, process.stderr]) stream.on('error', leaveIfClosed);
  const program = buildProgram(commands, (text) => (complaint += text));
  try {
    await program.parseAsync(withoutPrepositions(argv, commands).map(shieldPlace), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    if (error instanceof CommanderError && error.code === 'commander.help' && !json) {
      // No command, or half of one: the help says how it goes on.
      process.stderr.write(complaint);
      process.exitCode = ERROR_FAMILIES.usage.exitCode;
      return;
    }
    const known =
      error instanceof CommanderError
        ? usageError('BAD_USAGE', describeUsage(error), {
            hint: '`resflow --help` lists the commands.',
          })
        : toResflowError(error);
    reportError(known, json);
    process.exitCode = known.exitCode;
  }
}

/** Whoever read our output is gone (`resflow ... | head`): there is nobody left to tell. */
function leaveIfClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit(ERROR_FAMILIES.internal.exitCode);
}

const describeUsage = (error: CommanderError): string =>
  error.code === 'commander.help' ? 'No command was given.' : error.message.replace(/^error: /, '');

function reportError(error: ResflowError, json: boolean): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ error: error.toJSON() }, null, 2)}\n`);
    return;
  }
  const lines = [`error ${error.code}: ${error.message}`];
  if (error.hint !== undefined) lines.push(`hint: ${error.hint}`);
  if (error.family === 'internal' && error.cause instanceof Error) lines.push(String(error.cause.stack));
  process.stderr.write(`${lines.join('\n')}\n`);
}

/** The commander program of the declared commands. */
function buildProgram(commands: readonly AnyCommand[], onComplaint: (text: string) => void): Program {
  const program = new Program('resflow')
    .description('Turns an archive of overhead imagery into maps.')
    .version(readManifest().version, '--version')
    .addHelpText(
      'after',
      '\nresflow setup installs what the program needs; docs/ explains the words it uses.',
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => process.stdout.write(text), writeErr: onComplaint })
    .showHelpAfterError(false);
  for (const command of commands) addCommand(program, command, commands);
  for (const group of program.commands.filter(({ commands: verbs }) => verbs.length > 0)) {
    group.summary(group.commands.map((verb) => verb.name()).join(', '));
  }
  return program;
}

function addCommand(program: Program, command: AnyCommand, commands: readonly AnyCommand[]): void {
  const nouns = command.path.slice(0, -1);
  const verb = command.path.at(-1) ?? '';
  let parent = program;
  for (const noun of nouns) {
    parent = parent.commands.find((child) => child.name() === noun) ?? parent.command(noun).exitOverride();
  }
  const leaf = parent
    .command(verb)
    .summary(command.summary)
    .description(command.description ?? command.summary);
  leaf.exitOverride();
  for (const arg of command.args ?? []) {
    const dots = arg.variadic ? '...' : '';
    leaf.argument(arg.required ? `<${arg.name}${dots}>` : `[${arg.name}${dots}]`, arg.description);
  }
  for (const option of command.options ?? []) {
    const declared = new Option(option.flags, option.description);
    if (option.repeat)
      declared.argParser((value: string, list: string[] | undefined) => [...(list ?? []), value]);
    leaf.addOption(declared);
  }
  for (const common of COMMON_OPTIONS) {
    const declared = new Option(common.flags, common.description).default(common.default);
    leaf.addOption(common.choices === undefined ? declared : declared.choices(common.choices));
  }
  leaf.action(async (...values: unknown[]) => {
    const given: Record<string, unknown> = { ...leaf.opts() };
    (command.args ?? []).forEach((arg, i) => {
      given[arg.name] = values[i];
    });
    await execute(command, given, { common: leaf.opts<CommonOptions>(), commands });
  });
}

async function execute(
  command: AnyCommand,
  given: Record<string, unknown>,
  { common, commands }: { common: CommonOptions; commands: readonly AnyCommand[] },
): Promise<void> {
  const parsed = command.input.safeParse(given);
  if (!parsed.success) {
    throw usageError('BAD_OPTION', optionProblems(command, given, parsed.error), {
      hint: `\`resflow ${command.path.join(' ')} --help\` explains the options.`,
    });
  }
  // For GDAL here, and in the processes that inherit it.
  Object.assign(process.env, gdalStorageSettings(process.env));
  const stop = new AbortController();
  let asked = false;
  const onSignal = () => {
    // The second Ctrl-C does not wait.
    if (asked) process.exit(ERROR_FAMILIES.interrupted.exitCode);
    asked = true;
    process.stderr.write('\nStopping; finished work is kept (once more to stop at once).\n');
    stop.abort(
      new ResflowError('interrupted', 'INTERRUPTED', 'Stopped by the user.', {
        hint: 'Run the same command again, or resume the run; finished work is kept.',
      }),
    );
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  const context: CommandContext = {
    workspace: resolve(common.workspace),
    log: createLogger(common.logLevel),
    progress: terminalProgress(process.stderr),
    signal: stop.signal,
    now: () => new Date(),
    env: process.env,
    commands,
  };
  try {
    const output = await command.run(parsed.data, context);
    context.progress.stop();
    const text = common.json ? JSON.stringify(output, null, 2) : command.render(output);
    process.stdout.write(`${text}\n`);
    process.exitCode = command.exitCode?.(output) ?? 0;
  } finally {
    context.progress.stop();
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}
