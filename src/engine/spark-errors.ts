import { resourceError, type ResflowError } from '../core/errors.ts';

const KEPT = 'Finished regions are kept: `resflow map resume RUN` goes on, on Spark or with --engine local';

export const sparkLost = (message: string): ResflowError =>
  resourceError('SPARK_LOST', `The Spark session was lost: ${message}.`, { hint: `${KEPT}.` });

/** The cluster may be gone for good; or busy with others', which cannot be told apart from here. */
export const noExecutor = (master: string, patienceMs: number): ResflowError =>
  resourceError(
    'SPARK_NO_EXECUTOR',
    `No executor of ${master} has been there for ${spoken(patienceMs / 1000)}: its master or workers are gone, or others have all of it.`,
    {
      hint: `${KEPT}. --spark-wait MINUTES waits longer for a busy cluster.`,
      context: { master, limitSeconds: patienceMs / 1000 },
    },
  );

export const noSession = (message: string): ResflowError =>
  resourceError('SPARK_NOT_STARTED', `No Spark session: ${message}`, {
    hint: '`npm run setup` installs pyspark and Java where they are missing (`resflow doctor` says so). Check --master, and that its host is reached from here.',
  });

/** Nobody answers, and nothing refuses either: a firewall that drops packets, a queue that is full. */
export const sessionHangs = (master: string, openingMs: number): ResflowError =>
  resourceError(
    'SPARK_NOT_STARTED',
    `The Spark session at ${master} did not open within ${spoken(openingMs / 1000)}.`,
    {
      hint: 'Check that its host and port are reached from here, and that its queue has room; --spark-wait MINUTES waits longer. Finished regions are kept.',
      context: { master, limitSeconds: openingMs / 1000 },
    },
  );

export const noWorker = (message: string): ResflowError =>
  resourceError('SPARK_WORKER_NOT_STARTED', `Executors cannot start the worker program: ${message}`, {
    hint: 'Node and RESFlow have to be installed on every executor. Where they lie elsewhere than here, give --spark-worker "NODE PATH/dist/cli/worker-main.js".',
  });

const spoken = (seconds: number): string =>
  seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`;
