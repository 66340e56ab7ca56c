import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runJson, runOk } from '../support/program.ts';
import { s3Missing, startS3, type S3Service } from '../support/s3.ts';
import { clearDisk, fillDisk, mountSmallDisk } from '../support/small-disk.ts';
import { SparkCluster } from '../support/spark-cluster.ts';
import {
  digests,
  filesBelow,
  isTemporary,
  temporaryFolder,
  workspaceWithScene,
} from '../support/workspace.ts';

const missing = s3Missing();
const RUN = ['map', 'run', 'app', '--scenes', 'scene', '--model', 'noop', '--region', '512'];
const REGIONS = 20;
const OUTAGE_MS = 10_000;

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly engine: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly { layers: Record<string, string> }[];
}

describe.skipIf(missing !== null)(
  `Spark with a storage, whose executors see no workspace${missing === null ? '' : ` (SKIPPED: ${missing})`}`,
  { timeout: 240_000 },
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let service: S3Service;
    let cluster: SparkCluster;
    /** Of one of the two Spark workers. */
    let disk = '';
    let unmount: (() => void) | null = null;
    let workspace = '';
    let env: Record<string, string> = {};
    let expected: Record<string, string> = {};

    const resflow = async (args: readonly string[]): Promise<RunJson> =>
      (await runOk([...args, '--workspace', workspace], env)) as unknown as RunJson;
    const storage = (prefix: string) => ['--storage', `s3://maps/${prefix}`];
    const spark = () => ['--engine', 'spark', '--master', cluster.address];
    const finished = async (prefix: string) => Object.keys(await service.list(`${prefix}/ledger/`));

    beforeAll(async () => {
      folder = await temporaryFolder('spark-s3');
      disk = join(folder.path, 'disk');
      await mkdir(disk);
      unmount = mountSmallDisk(disk, 16);
      if (unmount === null)
        process.stderr.write(
          'SKIPPED: no small file system can be mounted here, so no full disk is tested\n',
        );
      service = await startS3();
      const scratch = { RESFLOW_SCRATCH: join(folder.path, 'scratch') };
      cluster = await SparkCluster.start(folder.path, 1, {}, { ...service.env, ...scratch });
      await cluster.addWorker(disk);
      env = { ...service.env, ...scratch, ...cluster.env };
      workspace = await workspaceWithScene(folder.path, { width: 2300, height: 1700 });
      expected = await digests((await resflow(RUN)).scenes[0]?.layers ?? {});
    });
    afterEach(() => {
      service.proxy.fault = null;
    });
    afterAll(async () => {
      await cluster.stop();
      await service.stop();
      unmount?.();
      await folder.remove();
    });

    /** The maps are those of the undisturbed local run, and nothing else is left in the storage. */
    async function expectSame(run: RunJson, prefix: string): Promise<void> {
      expect(run.status).toBe('done');
      const made: Record<string, string> = {};
      for (const [name, address] of Object.entries(run.scenes[0]?.layers ?? {})) {
        const bytes = await service.read(address.replace('s3://maps/', ''));
        made[name] = createHash('sha256').update(bytes).digest('hex');
      }
      expect(made).toEqual(expected);
      const keys = Object.keys(await service.list(`${prefix}/`));
      const those = (name: string) => keys.filter((key) => key.startsWith(`${prefix}/${name}/`));
      expect(those('ledger')).toHaveLength(REGIONS);
      expect(those('parts')).toHaveLength(REGIONS);
      const names = ['class.tif', 'class.tif.aux.xml', 'class.qml', 'confidence.tif', 'item.json'];
      expect(those('runs').map((key) => key.replace(/.*\//, ''))).toEqual(names.toSorted());
      expect(await service.uploads()).toEqual([]);
    }

    it('names the full disk of one executor, keeps what is finished, and resumes once there is space', async () => {
      if (unmount === null) return;
      let markers = 0;
      let full = false;
      const working = join(disk, 'sending');
      service.proxy.fault = async ({ method, path }) => {
        if (method === 'PUT' && path.includes('/full/ledger/')) markers += 1;
        // Once both work, and some regions are done.
        full ||= markers > 2;
        while (full && !existsSync(working) && service.proxy.fault !== null)
          await new Promise((resolve) => setTimeout(resolve, 50));
        if (full) fillDisk(disk);
        return null;
      };
      const stopped = await runJson([...RUN, ...storage('full'), ...spark(), '--workspace', workspace], env);
      const message = expect.stringMatching(`'${disk}/.*' \\(on ${hostname()}\\)`) as unknown;
      const hint = expect.stringMatching(/Free some space.*map resume/) as unknown;
      expect(stopped).toMatchObject({ code: 5, json: { error: { code: 'DISK_FULL', message, hint } } });
      service.proxy.fault = null;
      clearDisk(disk);
      const before = await finished('full');
      expect(before.length).toBeGreaterThan(2);
      const run = await resflow(['map', 'resume', 'latest']);
      expect(run.tasks.reused).toBeGreaterThanOrEqual(before.length);
      expect(run.tasks).toMatchObject({ done: REGIONS - run.tasks.reused, failed: 0 });
      await expectSame(run, 'full');
    });

    it('makes the same maps, though the service is away for ten seconds; the local engine finds all of it done', async () => {
      let since: number | null = null;
      let refused = 0;
      service.proxy.fault = ({ index, method, path }) => {
        // The first region that is finished cannot say so.
        if (method === 'PUT' && path.includes('/outage/ledger/')) since ??= Date.now();
        if (since === null || Date.now() - since >= OUTAGE_MS) return null;
        refused += 1;
        return index % 2 === 0 ? 'lose' : 503;
      };
      const run = await resflow([...RUN, ...storage('outage'), ...spark()]);
      expect(refused).toBeGreaterThan(2);
      expect(run).toMatchObject({ engine: 'spark', tasks: { done: REGIONS, failed: 0 } });
      await expectSame(run, 'outage');
      const again = await resflow([...RUN, ...storage('outage')]);
      expect(again).toMatchObject({ engine: 'local', status: 'done', tasks: { reused: REGIONS, done: 0 } });
      // What executors of the run before were sending when they were ended is swept by those that came after.
      const here = [...(await filesBelow(join(folder.path, 'scratch'))), ...(await filesBelow(disk))];
      expect(here.filter((file) => isTemporary(basename(file)))).toEqual([]);
    });
  },
);
