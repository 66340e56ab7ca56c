import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runOk } from '../support/program.ts';
import { s3Missing, startS3, type S3Service } from '../support/s3.ts';
import { digests, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

const missing = s3Missing();
const RUN = ['map', 'run', 'app', '--scenes', 'scene', '--model', 'noop', '--region', '512'];
const REGIONS = 20;

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
    let workspace = '';
    let env: Record<string, string> = {};
    let expected: Record<string, string> = {};

    const resflow = async (args: readonly string[]): Promise<RunJson> =>
      (await runOk([...args, '--workspace', workspace], env)) as unknown as RunJson;

    beforeAll(async () => {
      folder = await temporaryFolder('spark-s3');
      service = await startS3();
      env = { ...service.env, RESFLOW_SCRATCH: join(folder.path, 'scratch') };
      workspace = await workspaceWithScene(folder.path, { width: 2300, height: 1700 });
      expected = await digests((await resflow(RUN)).scenes[0]?.layers ?? {});
    });
    afterAll(async () => {
      await service.stop();
      await folder.remove();
    });

    it('makes the same maps, and the local engine finds all of it done', async () => {
      const storage = ['--storage', 's3://maps/spark'];
      const run = await resflow([...RUN, ...storage, '--engine', 'spark', '--master', 'local[2]']);
      expect(run).toMatchObject({ engine: 'spark', status: 'done', tasks: { done: REGIONS, failed: 0 } });
      const made: Record<string, string> = {};
      for (const [name, address] of Object.entries(run.scenes[0]?.layers ?? {})) {
        const bytes = await service.read(address.replace('s3://maps/', ''));
        made[name] = createHash('sha256').update(bytes).digest('hex');
      }
      expect(made).toEqual(expected);
      const again = await resflow([...RUN, ...storage]);
      expect(again).toMatchObject({ engine: 'local', status: 'done', tasks: { reused: REGIONS, done: 0 } });
    });
  },
);
