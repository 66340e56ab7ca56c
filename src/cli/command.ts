import type { z } from 'zod';
import type { Logger } from '../core/log.ts';
import type { Progress } from '../core/progress.ts';

/**
 * An option as declared; `flags` as in "--gsd <metres>". `repeat`: may be given more than once, values in a list.
 * `preposition`: a word that may stand before the value, and says nothing (`--complete within FILE`).
 */
export interface OptionSpec {
  readonly flags: string;
  readonly description: string;
  readonly repeat?: boolean;
  readonly preposition?: string;
}

export interface ArgumentSpec {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic?: boolean;
}

/** What a command gets beside its input. `signal` is aborted by Ctrl-C; results go out as the return value only. */
export interface CommandContext {
  /** Absolute path of the workspace. */
  readonly workspace: string;
  readonly log: Logger;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly now: () => Date;
  /** The environment, read once in main. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Every command of the program, for the one that serves them. */
  readonly commands: readonly AnyCommand[];
}

/**
 * One command, declared: the parser, the help and the reference page are made from this. Arguments and options reach
 * `input` as one object in camelCase (argument `paths`, option `--min-area` as `minArea`); options come as strings,
 * booleans for flags without a value, arrays where `repeat`; `input` coerces and checks them.
 */
export interface Command<Input, Output> {
  /** ["scene", "add"], or ["init"]. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly description?: string;
  readonly args?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  readonly examples?: readonly string[];
  readonly input: z.ZodType<Input>;
  run(input: Input, context: CommandContext): Promise<Output>;
  /** The result for people, on stdout without --json. */
  render(output: Output): string;
  /** Non-zero where the result itself says that part of the work failed. */
  exitCode?(output: Output): number;
}

/** A command whose types are hidden, as the table of all commands holds it. */
export type AnyCommand = Command<unknown, unknown>;

export const defineCommand = <Input, Output>(command: Command<Input, Output>): AnyCommand => command;
