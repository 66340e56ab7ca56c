import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VENV = fileURLToPath(new URL('../../.venv', import.meta.url));
const PYTHON = join(VENV, 'bin', 'python');

/** The command of a worker that may be slow and ill; its options come after. */
export const ODD_WORKER = `${process.execPath} ${fileURLToPath(new URL('odd-worker.mjs', import.meta.url))}`;

/** The folder of the pyspark package, which is a whole Spark. */
export const sparkHome = (): string => {
  const found = readFileSync(join(VENV, 'pyvenv.cfg'), 'utf8').match(/version = (\d+\.\d+)/)?.[1];
  return join(VENV, 'lib', `python${found}`, 'site-packages', 'pyspark');
};

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

/** One daemon of the cluster, and what it printed. */
class Daemon {
  readonly child: ChildProcess;
  #text = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(join(sparkHome(), 'bin', 'spark-class'), args, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#text += chunk.toString()));
    }
  }

  /** Waits until it has printed that so often; gives the last time. */
  async says(pattern: RegExp, times = 1): Promise<RegExpMatchArray> {
    const end = Date.now() + 90_000;
    for (;;) {
      const said = [...this.#text.matchAll(new RegExp(pattern, 'g'))];
      const last = said.at(-1);
      if (said.length >= times && last !== undefined) return last;
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(`a Spark daemon failed:\n${this.#text}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A standalone Spark cluster of processes on this machine, with authentication; each worker has one slot. */
export class SparkCluster {
  readonly #env: NodeJS.ProcessEnv;
  readonly #folder: string;
  #port = 0;
  readonly #master: Daemon;
  readonly #daemons: Daemon[] = [];
  readonly workers: ChildProcess[] = [];

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
    // It takes a port that is free then, and says which: one that was free before may be taken by now.
    this.#master = this.#start('master.Master', ['--port', '0', '--webui-port', '0']);
  }

  /**
   * `folder` gets settings, work folders and logs; `settings` go to daemons and sessions alike, `workersEnv` to what
   * executors start.
   */
  static async start(
    folder: string,
    workers: number,
    settings: Readonly<Record<string, string>> = {},
    workersEnv: Readonly<Record<string, string>> = {},
  ): Promise<SparkCluster> {
    const confDir = join(folder, 'conf');
    mkdirSync(confDir, { recursive: true });
    const all = {
      'spark.authenticate': 'true',
      'spark.authenticate.secret': `secret-${Math.random()}`,
      'spark.driver.host': '127.0.0.1',
      'spark.driver.bindAddress': '127.0.0.1',
      ...settings,
    };
    const lines = Object.entries(all).map(([key, value]) => `${key} ${value}\n`);
    writeFileSync(join(confDir, 'spark-defaults.conf'), lines.join(''), { mode: 0o600 });
    const env = {
      ...process.env,
      ...workersEnv,
      SPARK_HOME: sparkHome(),
      SPARK_CONF_DIR: confDir,
      SPARK_LOCAL_IP: '127.0.0.1',
      SPARK_DAEMON_MEMORY: '256m',
      PYSPARK_PYTHON: PYTHON,
    };
    const cluster = new SparkCluster(folder, env);
    try {
      const [, port] = await cluster.#master.says(/Starting Spark master at spark:\/\/[^\s:]+:(\d+)/);
      cluster.#port = Number(port);
      await Promise.all(Array.from({ length: workers }, () => cluster.addWorker()));
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get address(): string {
    return `spark://127.0.0.1:${this.#port}`;
  }

  /** What a program needs in its environment to open a session here. */
  get env(): Record<string, string> {
    const { SPARK_CONF_DIR = '', SPARK_LOCAL_IP = '' } = this.#env;
    return { SPARK_CONF_DIR, SPARK_LOCAL_IP };
  }

  /** Kills the master and nothing else: executors that are there stay. */
  killMaster(): void {
    this.#master.child.kill('SIGKILL');
  }

  /** `disk`: what it and its executors write goes there. */
  async addWorker(disk?: string): Promise<void> {
    const work = join(disk ?? this.#folder, `work-${this.#daemons.length}`);
    const args = ['-c', '1', '-m', '1g', '-d', work, '--webui-port', '0', this.address];
    const env = disk === undefined ? {} : { SPARK_LOCAL_DIRS: disk, TMPDIR: disk, RESFLOW_SCRATCH: disk };
    const daemon = this.#start('worker.Worker', args, env);
    this.workers.push(daemon.child);
    await daemon.says(/Successfully registered with master/);
  }

  /** A Spark Connect server on this cluster, which takes all of its slots. */
  async startConnect(token: string): Promise<{ address: string; stop(): Promise<void> }> {
    const port = await freePort();
    const daemon = new Daemon(
      [
        'org.apache.spark.deploy.SparkSubmit',
        '--master',
        this.address,
        '--class',
        'org.apache.spark.sql.connect.service.SparkConnectServer',
        '--conf',
        'spark.connect.grpc.binding.address=127.0.0.1',
        '--conf',
        `spark.connect.grpc.binding.port=${port}`,
        '--conf',
        'spark.executor.memory=512m',
        '--conf',
        'spark.ui.enabled=false',
        'spark-internal',
      ],
      // The launcher takes this server for a daemon.
      { ...this.#env, SPARK_DAEMON_MEMORY: '512m', SPARK_CONNECT_AUTHENTICATE_TOKEN: token },
    );
    this.#daemons.push(daemon);
    await daemon.says(/Spark Connect server started at/);
    const { child } = daemon;
    return {
      address: `sc://localhost:${port}/;token=${token}`,
      stop: () =>
        new Promise((resolve) => {
          child.once('close', () => resolve());
          child.kill('SIGKILL');
        }),
    };
  }

  async stop(): Promise<void> {
    const all = [...this.#daemons, this.#master].map(({ child }) => child);
    for (const child of all) child.kill('SIGKILL');
    await Promise.all(
      all.map(
        (child) =>
          new Promise<void>((resolve) => {
            if (child.exitCode !== null || child.signalCode !== null) resolve();
            else child.once('close', () => resolve());
          }),
      ),
    );
  }

  #start(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Daemon {
    const command = [`org.apache.spark.deploy.${name}`, '--host', '127.0.0.1', ...args];
    const daemon = new Daemon(command, { ...this.#env, ...env });
    if (name !== 'master.Master') this.#daemons.push(daemon);
    return daemon;
  }
}
