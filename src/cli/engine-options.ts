import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import type { OptionSpec } from './command.ts';

export const ENGINES = ['local', 'spark'] as const;

/** Options of commands that execute a run. */
export const ENGINE_OPTIONS: readonly OptionSpec[] = [
  { flags: '--engine <name>', description: 'where regions are computed: local or spark [local]' },
  {
    flags: '--master <address>',
    description:
      'Spark: local[N], local-cluster[N,1,1024], spark://HOST:7077, yarn, k8s://..., or sc://HOST:15002 (Spark Connect) [local[cores]]',
  },
  { flags: '--spark-conf <key=value>', description: 'Spark: a setting of the session', repeat: true },
  {
    flags: '--spark-worker <command>',
    description: 'Spark: how an executor starts the worker, where Node and RESFlow lie elsewhere than here',
  },
  {
    flags: '--spark-wait <minutes>',
    description:
      'Spark: end the run after so many minutes without a session, or without any executor, because the cluster is gone or busy with others [10]',
  },
];

export const engineInputShape = {
  engine: z.enum(ENGINES).default('local'),
  master: z.string().min(1).optional(),
  sparkConf: z.array(z.string()).default([]),
  sparkWorker: z.string().min(1).optional(),
  sparkWait: z.coerce.number().positive().optional(),
};

export const MAX_FAILURES: OptionSpec = {
  flags: '--max-failures <n>',
  description: 'stop the run once more regions than this have failed [never]',
};
export const failureInputShape = { maxFailures: z.coerce.number().int().nonnegative().optional() };

export interface EngineInput {
  readonly engine: (typeof ENGINES)[number];
  readonly master?: string | undefined;
  readonly sparkConf: readonly string[];
  readonly sparkWorker?: string | undefined;
  readonly sparkWait?: number | undefined;
}

/** Refuses options of Spark without it: whoever gives --master expects a cluster. */
export function checkEngineInput(input: EngineInput): void {
  const given = Object.entries({
    '--master': input.master !== undefined,
    '--spark-conf': input.sparkConf.length > 0,
    '--spark-worker': input.sparkWorker !== undefined,
    '--spark-wait': input.sparkWait !== undefined,
  }).filter(([, is]) => is);
  if (input.engine === 'spark' || given.length === 0) return;
  throw usageError('NOT_SPARK', `${given.map(([name]) => name).join(', ')} without --engine spark.`, {
    hint: 'Add --engine spark.',
  });
}
