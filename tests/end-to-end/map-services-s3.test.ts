import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runOk } from '../support/program.ts';
import { s3Missing, SECRET, startS3, type S3Service } from '../support/s3.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

/** Map services of a run whose maps are in an S3 service. */

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const missing = s3Missing();

describe.skipIf(missing !== null)(
  `map services of maps in S3${missing === null ? '' : ` (${missing})`}`,
  () => {
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let s3: S3Service;
    let server: TestServer;
    const runs = { local: '', stored: '' };

    beforeAll(async () => {
      [folder, s3] = await Promise.all([temporaryFolder('services-s3'), startS3()]);
      const workspace = await workspaceWithScene(folder.path, { width: 900, height: 700 });
      const map = async (...more: string[]) =>
        String(
          (
            await runOk(
              ['map', 'run', 'app', '--all', '--model', 'noop', '--workspace', workspace, ...more],
              s3.env,
            )
          )['run'],
        );
      runs.local = await map();
      runs.stored = await map('--storage', `s3://${s3.bucket}/here`);
      server = await startServer(workspace, [], s3.env);
    });
    afterAll(async () => {
      await server.stop();
      await s3.stop();
      await folder.remove();
    });

    it('draws them as it draws those of a folder', async () => {
      const picture = async (run: string) => {
        const answer = await fetch(
          `${server.url}/arcgis/rest/services/map:${run}:scene:class/ImageServer/exportImage?bbox=500000,8999650,500450,9000000&bboxSR=32737&size=450,350&format=png`,
        );
        expect(answer.status).toBe(200);
        return Buffer.from(await answer.arrayBuffer());
      };
      const [local, stored] = [await picture(runs.local), await picture(runs.stored)];
      expect(stored.equals(local)).toBe(true);
      expect(stored.length).toBeGreaterThan(400);
    });

    it('says where they are, does not pass their files on, and keeps the key to itself', async () => {
      const file = await server.json(`/files/map/${runs.stored}/scene/class.tif`);
      expect([file.status, (file.body as { code: string }).code]).toEqual([409, 'NOT_SERVED']);
      const { body } = await server.json(`/stac/collections/maps-${runs.stored}/items`);
      expect(JSON.stringify(body)).toContain(
        `s3://${s3.bucket}/here/runs/${runs.stored}/maps/scene/class.tif`,
      );
      expect(JSON.stringify([file.body, body])).not.toContain(SECRET);
    });
  },
);
