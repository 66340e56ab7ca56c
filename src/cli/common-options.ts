import type { OptionSpec } from './command.ts';

/** What every command takes: for the parser, the help and the reference page. */
export const COMMON_OPTIONS: readonly (OptionSpec & {
  readonly default: string | boolean;
  readonly choices?: readonly string[];
})[] = [
  { flags: '--workspace <dir>', description: 'the workspace', default: '.' },
  {
    flags: '--json',
    description: 'print one JSON document on stdout, and nothing else there',
    default: false,
  },
  {
    flags: '--log-level <level>',
    description: 'least level of log lines on stderr',
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    default: 'warn',
  },
];
