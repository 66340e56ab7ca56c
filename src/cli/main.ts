import { COMMANDS } from './commands.ts';
import { runProgram } from './program.ts';

/** The whole program. */
export const runMain = (argv: readonly string[]): Promise<void> => runProgram(argv, COMMANDS);
