import { doctorCommand } from './doctor.ts';
import { runProgram } from './program.ts';

/** `resflow doctor` by itself, for an installation in which the rest cannot be loaded. */
export const runDoctor = (argv: readonly string[]): Promise<void> => runProgram(argv, [doctorCommand]);
