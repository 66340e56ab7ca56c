import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { randomInt, seededRandom } from '../../src/core/random.ts';
import { childrenOf, hasEnded, runJson, runOk, startProgram } from '../support/program.ts';
import { s3Missing, startS3, type S3Service } from '../support/s3.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

/** The program itself, killed at chosen calls to the storage, and cut off from it for a while. */

const missing = s3Missing();
const KILLS = Number(process.env['RESFLOW_TEST_S3_KILLS'] ?? '5');
const SEED = 20261126;
/** What a run of this size asks of the storage, about. */
const CALLS = 110;
const OUTAGE_MS = 10_000;

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly { layers: Record<string, string> }[];
}

const asRun = (value: unknown): RunJson => value as RunJson;

describe.skipIf(missing !== null)(`a run in S3${missing === null ? '' : ` (SKIPPED: ${missing})`}`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let service: S3Service;
  let workspace = '';
  let env: Record<string, string> = {};
  let expected: Record<string, string> = {};
  const MAP = [
    'map',
    'run',
    'app',
    '--scenes',
    'scene',
    '--model',
    'noop',
    '--region',
    '512',
    '--workers',
    '2',
  ];
  const within = (...args: string[]) => [...args, '--workspace', workspace];

  beforeAll(async () => {
    folder = await temporaryFolder('s3-kill');
    service = await startS3();
    env = { ...service.env, RESFLOW_SCRATCH: join(folder.path, 'scratch') };
    workspace = await workspaceWithScene(folder.path, { width: 2300, height: 1700 });
    const run = asRun(await runOk(within(...MAP)));
    expected = await digests(run.scenes[0]?.layers ?? {});
  });
  afterAll(async () => {
    await service.stop();
    await folder.remove();
  });
  afterEach(() => {
    service.proxy.fault = null;
  });

  async function expectSame(run: RunJson, prefix: string): Promise<void> {
    expect(run.status).toBe('done');
    const made: Record<string, string> = {};
    for (const [name, address] of Object.entries(run.scenes[0]?.layers ?? {})) {
      const bytes = await service.read(address.replace('s3://maps/', ''));
      made[name] = createHash('sha256').update(bytes).digest('hex');
    }
    expect(made).toEqual(expected);
    const keys = Object.keys(await service.list(`${prefix}/`));
    expect(keys.filter((key) => key.includes('/parts/'))).toHaveLength(run.tasks.planned);
    expect(keys.filter((key) => key.includes('/ledger/'))).toHaveLength(run.tasks.planned);
    expect(await service.uploads()).toEqual([]);
  }

  /** Kills the program or one of its workers; says whom. */
  function strike(child: ChildProcess, whom: number): void {
    const workers = child.pid === undefined ? [] : childrenOf(child.pid);
    const worker = workers[whom % (workers.length + 1)];
    if (worker === undefined) child.kill('SIGKILL');
    else process.kill(worker, 'SIGKILL');
  }

  it(`gives the same bytes after ${KILLS} kills, each at a call of its own`, async () => {
    const random = seededRandom(SEED);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const prefix = `kill-${kill}`;
      const start = service.proxy.seen.length;
      const moment = start + 4 + randomInt(random, CALLS);
      const whom = randomInt(random, 3);
      const arrives = random() < 0.5;
      const program = startProgram(within(...MAP, '--storage', `s3://maps/${prefix}`, '--json'), env);
      const pids = new Set<number>();
      service.proxy.fault = ({ index }) => {
        for (const pid of childrenOf(program.child.pid ?? 0)) pids.add(pid);
        if (index !== moment) return null;
        strike(program.child, whom);
        return arrives ? 'forget' : 'lose';
      };
      const ended = await program.ended;
      service.proxy.fault = null;
      const { json: list } = await runJson(within('map', 'list'), env);
      const last = (list as { runs: { run: string; status: string }[] }).runs.at(-1);
      // Killed before its record was written there is nothing to go on with.
      const begun = last !== undefined && Object.keys(await service.list(`${prefix}/inputs/`)).length > 0;
      const again =
        begun && last.status !== 'done'
          ? within('map', 'resume', last.run)
          : within(...MAP, '--storage', `s3://maps/${prefix}`);
      const run = asRun(ended.code === 0 ? JSON.parse(ended.stdout) : await runOk(again, env));
      await expectSame(run, prefix);
      expect([...pids].filter((pid) => !hasEnded(pid))).toEqual([]);
    }
  }, 600_000);

  it('outlasts a service that is away for ten seconds, whatever it was doing', async () => {
    const start = service.proxy.seen.length;
    let since: number | null = null;
    service.proxy.fault = ({ index }) => {
      if (index < start + 40) return null;
      since ??= Date.now();
      return Date.now() - since < OUTAGE_MS ? (index % 2 === 0 ? 'lose' : 503) : null;
    };
    const run = asRun(await runOk(within(...MAP, '--storage', 's3://maps/outage'), env));
    expect(since).not.toBeNull();
    expect(run.tasks).toMatchObject({ failed: 0, done: run.tasks.planned });
    await expectSame(run, 'outage');
  }, 300_000);

  it('stops, and says so, where the service refuses; goes on once it does not', async () => {
    const start = service.proxy.seen.length;
    service.proxy.fault = ({ index }) => (index < start + 40 ? null : 403);
    const storage = ['--storage', 's3://maps/refused'];
    const { code, json } = await runJson(within(...MAP, ...storage), env);
    expect({ code, json }).toMatchObject({ code: 5, json: { error: { code: 'STORAGE_DENIED' } } });
    service.proxy.fault = null;
    const run = asRun(await runOk(within('map', 'resume', 'latest'), env));
    expect(run.tasks.reused).toBeGreaterThan(0);
    await expectSame(run, 'refused');
  }, 300_000);
});
