import type { AnyCommand } from './command.ts';

/**
 * The arguments without the words that an option allows before its value (`--complete within FILE`): the parser knows
 * one value per option. The same word anywhere else stays.
 */
export function withoutPrepositions(argv: readonly string[], commands: readonly AnyCommand[]): string[] {
  const words = new Map<string, string>();
  for (const { flags, preposition } of commands.flatMap((command) => command.options ?? [])) {
    const [flag] = flags.split(' ');
    if (flag !== undefined && preposition !== undefined) words.set(flag, preposition);
  }
  return argv.filter((arg, i) => words.get(argv[i - 1] ?? '') !== arg);
}
