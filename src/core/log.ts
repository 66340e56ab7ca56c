import { pino, type Logger } from 'pino';

export type { Logger };

/** JSON log lines on stderr; stdout is for results only. Level from the caller; the environment is read in cli/ alone. */
export function createLogger(level: string, name = 'resflow'): Logger {
  return pino(
    { name, level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
