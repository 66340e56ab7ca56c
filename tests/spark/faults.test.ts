import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { deviceFolder } from '../../src/gpu/simulated-devices.ts';
import { runJson, runOk, startProgram, type Ended } from '../support/program.ts';
import { simulatedDevices } from '../support/simulated-devices.ts';
import { ODD_WORKER, SparkCluster } from '../support/spark-cluster.ts';
import { digests, filesBelow, isTemporary, temporaryFolder, writeScene } from '../support/workspace.ts';

const FAULTS = Number(process.env['RESFLOW_TEST_SPARK_FAULTS'] ?? '8');
const SEED = Number(process.env['RESFLOW_TEST_SEED'] ?? '20261126');
const SCENES = 6;
const MOST_FAULTS_A_RUN = 5;

const FAULT_NAMES = [
  'executor',
  'node worker',
  'python worker',
  'spark worker daemon',
  'driver',
  'session',
  'coordinator',
  'frozen node worker',
  'frozen executor',
] as const;
type Fault = (typeof FAULT_NAMES)[number];

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly {
    scene: string;
    status: string;
    layers: Record<string, string>;
    failures: readonly { code: string; message: string; hint: string | null }[];
  }[];
}

/** All processes of this machine, by the kernel's own list. */
const processes = (): Process[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        const parent = Number(
          readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ')[1],
        );
        return command === '' ? [] : [{ pid: Number(pid), parent, command }];
      } catch {
        return [];
      }
    });

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}

describe(`${FAULTS} faults on a standalone cluster`, { timeout: 60_000 + FAULTS * 60_000 }, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let cluster: SparkCluster;
  let workspace = '';
  let undisturbed: RunJson;
  let expected: Record<string, string> = {};
  const random = seededRandom(SEED);
  const table: string[] = [];
  const frozen: Promise<unknown>[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder('spark-faults');
    // Lost executors are noticed within seconds, so that frozen ones wake after their regions were done again.
    cluster = await SparkCluster.start(folder.path, 2, {
      'spark.network.timeout': '6s',
      'spark.executor.heartbeatInterval': '2s',
      'spark.network.timeoutInterval': '2s',
      'spark.storage.blockManagerHeartbeatTimeoutMs': '6000',
    });
    workspace = join(folder.path, 'workspace');
    await runOk(['init', workspace]);
    for (let i = 0; i < SCENES; i += 1) {
      const image = join(folder.path, `scene-${i}.tif`);
      writeScene(image, { width: 1300 + 500 * i, height: 1500 }, i);
      await runOk(['scene', 'add', image, '--place', 'here', '--id', `scene-${i}`, '--workspace', workspace]);
    }
    await runOk(['app', 'create', 'app', '--class', 'building', '--gsd', '0.5', '--workspace', workspace]);
    undisturbed = (await runOk([...RUN, '--all', '--workspace', workspace])) as unknown as RunJson;
    expected = await layersOf(undisturbed);
  });
  afterAll(async () => {
    await Promise.all(frozen);
    await cluster.stop();
    await folder.remove();
    process.stderr.write(`| seed | fault | moment | outcome |\n|---|---|---|---|\n${table.join('\n')}\n`);
  });

  const RUN = ['map', 'run', 'app', '--model', 'noop', '--region', '512', '--fresh'];
  const spark = (delayMs = 400) => [
    '--engine',
    'spark',
    '--master',
    cluster.address,
    '--spark-worker',
    `${ODD_WORKER} --delay ${delayMs}`,
  ];
  // Maps are put together by several shares each, as large ones are; the undisturbed ones at once.
  const env = () => ({ ...cluster.env, RESFLOW_WORKER_SILENCE_SECONDS: '3', RESFLOW_SHARE_MEGAPIXELS: '2' });
  // Two devices, with room for two workers each.
  const DEVICES = ['first', 'second'];
  const devicesEnv = () =>
    simulatedDevices(
      join(folder.path, 'tickets'),
      DEVICES.map((name) => ({ name, memoryMiB: 1100, megapixelsPerSecond: 1000 })),
    );

  const ofRun = (pattern: RegExp): Process[] => {
    const all = processes();
    const mine = all.filter(
      ({ command }) => command.includes(folder.path) || command.includes(cluster.address),
    );
    const ids = new Set(mine.map(({ pid }) => pid));
    // Python's workers are children of executors of this cluster.
    for (let grown = true; grown;) {
      grown = false;
      for (const { pid, parent } of all) {
        if (!ids.has(pid) && ids.has(parent)) grown = Boolean(ids.add(pid));
      }
    }
    return all.filter(({ pid, command }) => ids.has(pid) && pid !== process.pid && pattern.test(command));
  };
  const EXECUTOR = /CoarseGrainedExecutorBackend/;
  // Not the coordinator, whose command line names the worker's.
  const NODE = /^\S*node \S*odd-worker\.mjs/;
  const PYTHON = /pyspark[./]daemon|pyspark\.daemon/;
  const DRIVER = /resflow_spark\.py/;
  const SESSION = /SparkSubmit.*pyspark-shell/;

  const pick = <T>(values: readonly T[]): T | undefined => values[Math.floor(random() * values.length)];

  /** Does one fault; null where there was nothing to do it to. */
  async function strike(fault: Fault, coordinator: number): Promise<string | null> {
    const kill = (found: Process | undefined): string | null =>
      found !== undefined && send(found.pid, 'SIGKILL') ? 'killed' : null;
    switch (fault) {
      case 'executor':
        return kill(pick(ofRun(EXECUTOR)));
      case 'node worker':
        return kill(pick(ofRun(NODE)));
      case 'python worker':
        return kill(pick(ofRun(PYTHON)));
      case 'driver':
        return kill(pick(ofRun(DRIVER)));
      case 'session':
        return kill(pick(ofRun(SESSION)));
      case 'coordinator':
        return send(coordinator, 'SIGKILL') ? 'killed' : null;
      case 'spark worker daemon': {
        const daemon = pick(
          cluster.workers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null),
        );
        daemon?.kill('SIGKILL');
        await cluster.addWorker();
        return 'killed; another one joined';
      }
      case 'frozen node worker': {
        const node = pick(ofRun(NODE));
        return node !== undefined && send(node.pid, 'SIGSTOP') ? 'stopped for good' : null;
      }
      case 'frozen executor': {
        const executor = pick(ofRun(EXECUTOR));
        if (executor === undefined) return null;
        const tree = [executor, ...ofRun(/./).filter(({ parent }) => parent === executor.pid)];
        const nodes = ofRun(NODE).filter(({ parent }) => tree.some(({ pid }) => pid === parent));
        const all = [...tree, ...nodes].map(({ pid }) => pid);
        for (const pid of all) send(pid, 'SIGSTOP');
        frozen.push(pause(12_000).then(() => all.forEach((pid) => send(pid, 'SIGCONT'))));
        return 'stopped for 12 s';
      }
    }
  }

  const plannedOf = (run: string): string[] =>
    readFileSync(join(workspace, 'runs', run, 'plan.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { id: string }).id);

  const finishedOf = async (planned: readonly string[]): Promise<string[]> => {
    const files = await filesBelow(join(workspace, 'ledger'));
    return planned.filter((id) => files.some((file) => file.endsWith(`/${id}.json`)));
  };

  const layersOf = (run: RunJson) =>
    digests(
      Object.fromEntries(
        run.scenes.flatMap(({ scene, layers }) =>
          Object.entries(layers).map(([name, path]) => [`${scene} ${name}`, path] as const),
        ),
      ),
    );

  const imageOf = (scene: number): string => join(folder.path, `scene-${scene}.tif`);

  /** Removes a file, or cuts it short; the function that is returned brings it back as it was. */
  function spoil(file: string, how: 'remove' | 'cut'): () => void {
    if (how === 'remove') {
      renameSync(file, `${file}.away`);
      return () => renameSync(`${file}.away`, file);
    }
    const { atime, mtime, size } = statSync(file);
    const bytes = readFileSync(file);
    truncateSync(file, Math.floor(size / 20));
    return () => {
      writeFileSync(file, bytes);
      utimesSync(file, atime, mtime);
    };
  }

  it('publish the scenes that can be read, name the files that cannot, and complete the rest once they can', async () => {
    // Sorts before all others, so that it is never the latest.
    const id = '20260101-000000000-0a1b';
    const args = [...RUN, '--run-id', id, '--scenes', 'scene-0,scene-1,scene-2,scene-3', ...spark(100)];
    // No fault of a worker here: one that is slow has its time.
    const { child, ended } = startProgram([...args, '--json', '--workspace', workspace], {
      ...env(),
      RESFLOW_WORKER_SILENCE_SECONDS: '60',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ledger = () => filesBelow(join(workspace, 'ledger'));
    const before = (await ledger()).length;
    while (!existsSync(join(workspace, 'runs', id, 'run.json'))) await pause(50);
    // The largest one comes first: it is cut short while it is read, the others before they are opened.
    const mend = [spoil(imageOf(1), 'remove'), spoil(imageOf(2), 'cut')];
    while ((await ledger()).length === before) await pause(50);
    mend.push(spoil(imageOf(3), 'cut'));
    const { code, stdout } = await ended;
    const run = JSON.parse(stdout) as RunJson;
    expect(code).toBe(6);
    expect(run.tasks.done + run.tasks.failed).toBe(run.tasks.planned);
    expect(run.scenes.map(({ scene, status }) => `${scene} ${status}`).toSorted()).toEqual([
      'scene-0 done',
      'scene-1 failed',
      'scene-2 failed',
      'scene-3 failed',
    ]);
    // What ended while the file was whole counts; the worker that had it open notices at the next region.
    const causes = [
      { scene: 1, codes: ['FILE_NOT_FOUND'], regions: 12 },
      { scene: 2, codes: ['SOURCE_CHANGED'], regions: 15 },
      { scene: 3, codes: ['READ_FAILED', 'SOURCE_CHANGED'], regions: run.tasks.failed - 27 },
    ];
    for (const { scene, codes, regions } of causes) {
      const failures = run.scenes.find((one) => one.scene === `scene-${scene}`)?.failures ?? [];
      expect(failures).toHaveLength(regions);
      expect(failures.map(({ code }) => code)).toContain(codes[0]);
      for (const failure of failures) {
        expect(codes).toContain(failure.code);
        expect(failure.message).toContain(imageOf(scene));
        expect(failure.message).toContain(`(on ${hostname()})`);
        expect(failure.hint).not.toBeNull();
      }
    }
    const of = (scenes: readonly string[]) =>
      Object.fromEntries(
        Object.entries(expected).filter(([name]) => scenes.includes(name.split(' ')[0] ?? '')),
      );
    expect(await layersOf(run)).toEqual(of(['scene-0']));
    for (const one of mend) one();
    const whole = (await runOk(['map', 'resume', id, '--workspace', workspace])) as unknown as RunJson;
    expect(whole.tasks).toMatchObject({ reused: run.tasks.done, done: run.tasks.failed, failed: 0 });
    expect(await layersOf(whole)).toEqual(of(['scene-0', 'scene-1', 'scene-2', 'scene-3']));
  });

  it('lose no region, double none, change no byte, and leave no process and no ticket behind', async () => {
    expect(Object.keys(expected)).toHaveLength(2 * SCENES);
    const runsThere = async () => {
      const list = (await runOk(['map', 'list', '--workspace', workspace])) as { runs: { run: string }[] };
      return list.runs.map(({ run }) => run);
    };
    for (let done = 0; done < FAULTS;) {
      // Its regions have the ids of those before: until it is known they would be taken for its own.
      const earlier = new Set(await runsThere());
      const withDevices = { ...env(), ...devicesEnv() };
      let current = startProgram(
        [...RUN, '--all', ...spark(), '--json', '--workspace', workspace],
        withDevices,
      );
      let ended: Ended | null = null;
      let run: string | null = null;
      let inRun = 0;
      for (;;) {
        void current.ended.then((how) => (ended = how));
        const before = run === null ? 0 : (await finishedOf(plannedOf(run))).length;
        // Faults begin once regions are being computed.
        while (ended === null) {
          await pause(200);
          run ??= (await runsThere()).find((id) => !earlier.has(id)) ?? null;
          if (run === null) continue;
          if ((await finishedOf(plannedOf(run))).length > before) break;
        }
        while (ended === null && done < FAULTS && inRun < MOST_FAULTS_A_RUN) {
          const wait = Math.round(random() * 3000);
          await pause(wait);
          const fault = pick(FAULT_NAMES) ?? 'executor';
          const finished = (await finishedOf(plannedOf(run ?? ''))).length;
          const outcome = ended === null ? await strike(fault, current.child.pid ?? 0) : null;
          if (outcome === null) continue;
          table.push(`| ${SEED} | ${fault} | ${finished} regions done, +${wait} ms | ${outcome} |`);
          done += 1;
          inRun += 1;
          if (fault === 'coordinator') break;
        }
        const how = await current.ended;
        if (how.code === 0) break;
        table.push(`| ${SEED} | | | ended with ${how.code ?? how.signal}, resumed |`);
        ended = null;
        current = startProgram(
          ['map', 'resume', run ?? 'latest', ...spark(), '--json', '--workspace', workspace],
          withDevices,
        );
      }
      const last = (await runOk([
        'map',
        'show',
        run ?? 'latest',
        '--workspace',
        workspace,
      ])) as unknown as RunJson;
      expect(last.status).toBe('done');
      expect(last.tasks.reused + last.tasks.done).toBe(last.tasks.planned);
      expect(await finishedOf(plannedOf(last.run))).toHaveLength(last.tasks.planned);
      expect(await layersOf(last)).toEqual(expected);
      table.push(`| ${SEED} | | | ${last.tasks.planned} regions, maps byte-equal |`);
    }
    await Promise.all(frozen);
    await pause(5000);
    expect([...ofRun(NODE), ...ofRun(DRIVER), ...ofRun(EXECUTOR)]).toEqual([]);
    // What woke up late changed nothing; what was killed while it wrote is swept by the next run.
    expect(
      await runJson([...RUN.filter((word) => word !== '--fresh'), '--all', '--workspace', workspace]),
    ).toMatchObject({ code: 0 });
    expect((await filesBelow(workspace)).filter(isTemporary)).toEqual([]);
    const again = (await runOk(['map', 'show', 'latest', '--workspace', workspace])) as unknown as RunJson;
    expect(await layersOf(again)).toEqual(expected);
    // Workers held tickets. What killed ones held is given to the next, after which the desk is empty.
    const { RESFLOW_TICKETS: tickets } = devicesEnv();
    for (const name of DEVICES)
      expect(existsSync(join(deviceFolder(tickets, `simulated ${hostname()} ${name}`), 'use.jsonl'))).toBe(
        true,
      );
    await runOk([...RUN, '--scenes', 'scene-0', '--workspace', workspace], devicesEnv());
    expect(await runOk(['gpu', 'list'], devicesEnv())).toMatchObject({ tickets: [], waiting: [] });
  });
});
