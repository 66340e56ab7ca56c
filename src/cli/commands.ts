import type { AnyCommand } from './command.ts';
import { initCommand } from './init.ts';

/** Every command of the program, in the order the help and the reference show them. */
export const COMMANDS: readonly AnyCommand[] = [initCommand];
