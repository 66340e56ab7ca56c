import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { resourceError, usageError } from '../core/errors.ts';
import type { SparkEngineOptions } from '../engine/spark-engine.ts';
import type { SparkSessionRequest } from '../engine/spark-messages.ts';
import { COORDINATOR_MIB } from '../inference/memory-estimate.ts';
import type { CommandContext } from './command.ts';
import { environmentPython } from './doctor/python-findings.ts';
import type { EngineInput } from './engine-options.ts';
import { defaultMemoryMiB, parseMemoryMiB, type MapInput } from './map-options.ts';
import type { ExecutionLimits } from './prepare-map.ts';
import { workerCommand } from './worker-command.ts';

/** Tries of one Spark task; each includes the worker's own. */
const TASK_TRIES = 4;
const WORKER_TRIES = 3;
/** Executors only pass rows through; the worker beside them has its own memory. */
const EXECUTOR_MEMORY = '512m';
const WAIT_MINUTES = 10;
/** A session that opens starts processes here, which takes its time on a busy machine. */
const LEAST_OPENING_MINUTES = 2;
/** An idle worker gives its memory back after so long; Spark's own Python processes stay a minute. */
const IDLE_SECONDS = 30;

/** Slots of a master that says so in its name; null of others. */
export function slotsOfMaster(master: string | undefined): number | null {
  if (master === undefined) return availableParallelism();
  const local = /^local(?:\[(\*|\d+)(?:,\d+)?\])?$/.exec(master);
  if (local !== null) return local[1] === '*' ? availableParallelism() : Number(local[1] ?? 1);
  const cluster = /^local-cluster\[\s*(\d+)\s*,\s*(\d+)\s*,\s*\d+\s*\]$/.exec(master);
  return cluster === null ? null : Number(cluster[1]) * Number(cluster[2]);
}

/** Workers of a cluster whose master does not say how many it has, for the choice of the region's size. */
const ASSUMED_WORKERS = 8;
const CLUSTER_WORKER_MIB = 4096;

/** What a Spark run may use: on this machine as any run, on a cluster --max-memory is the limit of each worker. */
export function sparkLimits(input: EngineInput & Pick<MapInput, 'workers' | 'maxMemory'>): ExecutionLimits {
  const workers = input.workers ?? slotsOfMaster(input.master) ?? ASSUMED_WORKERS;
  const given = input.maxMemory === undefined ? null : parseMemoryMiB(input.maxMemory);
  const own = isOurs(input.master ?? 'local');
  const maxMemoryMiB = own
    ? (given ?? defaultMemoryMiB())
    : COORDINATOR_MIB + workers * (given ?? CLUSTER_WORKER_MIB);
  return { workers, maxMemoryMiB };
}

/** The share of one worker in what a run may use. */
export const workerShareMiB = ({ workers, maxMemoryMiB }: ExecutionLimits): number =>
  (maxMemoryMiB - COORDINATOR_MIB) / workers;

/** `local[N]` fails a job at the first lost task unless told how often to try. */
const withTries = (master: string): string => {
  const local = /^local(?:\[(\*|\d+)\])?$/.exec(master);
  return local === null ? master : `local[${local[1] ?? 1},${TASK_TRIES}]`;
};

/** What workers are told of the coordinator's environment; the rest is the executors' own. */
const FORWARDED = ['RESFLOW_DEVICES', 'RESFLOW_TICKETS', 'RESFLOW_TICKET_PATIENCE_SECONDS'];

const isRemote = (master: string): boolean => master.startsWith('sc://');
const isOurs = (master: string): boolean => master.startsWith('local');

/** A master's address as it may be shown and recorded: without tokens. */
export const publicMaster = (master: string): string =>
  master.replace(/;.*$/, '').replace(/\/\/[^@/]*@/, '//');

/**
 * How a run's Spark session is opened. Clusters that we start ourselves (local, local-cluster) speak with a secret of
 * their own and listen on this machine alone. Throws NO_SPARK_PYTHON, NO_HADOOP_CONF, BAD_SPARK_CONF.
 */
export function sparkOptions(
  input: EngineInput,
  context: Pick<CommandContext, 'workspace' | 'env' | 'log'>,
  limits: { readonly workerMiB: number },
): SparkEngineOptions {
  const { env, workspace } = context;
  const minutes = input.sparkWait ?? WAIT_MINUTES;
  const master = withTries(input.master ?? `local[${availableParallelism()}]`);
  const python = env['RESFLOW_PYTHON'] ?? environmentPython();
  if (python.includes('/') && !existsSync(python)) {
    throw resourceError('NO_SPARK_PYTHON', `There is no Python in ${python}.`, {
      hint: 'Run `npm run setup`, or name a Python that has pyspark by RESFLOW_PYTHON.',
    });
  }
  if (master === 'yarn' && env['HADOOP_CONF_DIR'] === undefined && env['YARN_CONF_DIR'] === undefined) {
    throw usageError('NO_HADOOP_CONF', 'Nothing says where the YARN cluster is.', {
      hint: 'Set HADOOP_CONF_DIR to the folder with yarn-site.xml and core-site.xml (docs/spark-yarn.md).',
    });
  }
  const { silenceMs, command, args } = workerCommand(workspace, env);
  const worker: SparkSessionRequest['worker'] = {
    command: input.sparkWorker === undefined ? [command, ...args] : [...words(input.sparkWorker), workspace],
    env: {
      MALLOC_ARENA_MAX: env['MALLOC_ARENA_MAX'] ?? '2',
      RESFLOW_WORKER_IDLE_SECONDS: String(IDLE_SECONDS),
      ...Object.fromEntries(
        FORWARDED.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      ),
    },
    silenceSeconds: silenceMs / 1000,
    memoryMiB: limits.workerMiB,
    tries: WORKER_TRIES,
  };
  const own = Object.fromEntries(input.sparkConf.map(keyValue));
  const session = isRemote(master)
    ? { remote: master, own: false, conf: own, worker }
    : { master, own: isOurs(master), conf: { ...conf(master, limits.workerMiB, own), ...own }, worker };
  return {
    session,
    driver: {
      command: python,
      args: [fileURLToPath(new URL('../../spark/resflow_spark.py', import.meta.url))],
      env: { ...env, ...(isOurs(master) ? { SPARK_LOCAL_IP: '127.0.0.1' } : {}) },
    },
    master: publicMaster(master),
    openingMs: Math.max(LEAST_OPENING_MINUTES, minutes) * 60_000,
    patienceMs: minutes * 60_000,
    onSilence: (seconds, executors) =>
      context.log.warn(
        { master: publicMaster(master), seconds },
        executors
          ? 'no region came back for a while: regions take long, or executors hang'
          : `no executor is there: the cluster is gone, or others have all of it; after ${minutes} minutes of that the run ends (--spark-wait)`,
      ),
  };
}

/**
 * Spark's processes only pass rows here, and are most of what a session takes to start: Java's quick compiler halves that.
 * As a default, beside which a user's own spark.*.extraJavaOptions hold.
 */
const JAVA_OPTIONS = '-XX:TieredStopAtLevel=1';

function conf(
  master: string,
  workerMiB: number,
  own: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const slots = Number(own['spark.executor.cores'] ?? '1');
  const managed = master === 'yarn' || master.startsWith('k8s:');
  return {
    'spark.driver.defaultJavaOptions': JAVA_OPTIONS,
    'spark.executor.defaultJavaOptions': JAVA_OPTIONS,
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.ui.retainedJobs': '10',
    'spark.ui.retainedStages': '10',
    'spark.ui.retainedTasks': '100',
    'spark.task.maxFailures': String(TASK_TRIES),
    'spark.executor.memory': EXECUTOR_MEMORY,
    ...(managed ? { 'spark.executor.memoryOverhead': `${Math.ceil(slots * workerMiB + 512)}m` } : {}),
    ...(isOurs(master)
      ? {
          'spark.driver.host': '127.0.0.1',
          'spark.driver.bindAddress': '127.0.0.1',
        }
      : {}),
  };
}

function keyValue(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw usageError('BAD_SPARK_CONF', `'${text}' is not a setting of Spark.`, {
    hint: 'Write --spark-conf spark.executor.cores=1.',
  });
}

/** Words of a command, split at spaces outside quotes. */
const words = (text: string): string[] =>
  [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
