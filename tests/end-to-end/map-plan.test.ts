import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { importNetwork } from '../support/network.ts';
import { runJson, runOk, startProgram } from '../support/program.ts';
import { filesBelow, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

// Programs are started by the dozen; on a machine with other work each takes seconds.
vi.setConfig({ testTimeout: 240_000 });

const SCENE = { width: 1100, height: 900 };

interface Plan {
  readonly scenes: readonly { regions: number; chips: number; width: number; height: number }[];
  readonly regions: number;
  readonly chips: number;
  readonly pixelsRead: number;
  readonly pixelsWritten: number;
  readonly pixelsComputed: number;
  readonly overlapFactor: number;
  readonly expectedSeconds: number;
  readonly peakMemoryMiB: number;
  readonly maxMemoryMiB: number;
  readonly outputBytes: number;
  readonly workers: number;
}

describe('what a map run would cost', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';
  beforeAll(async () => {
    folder = await temporaryFolder('plan');
    workspace = await workspaceWithScene(folder.path, SCENE);
    await importNetwork(workspace, folder.path);
  });
  afterAll(() => folder.remove());

  const words = (verb: string, ...more: string[]) =>
    ['map', verb, 'two', '--model', 'net'].concat(more, '--workspace', workspace);

  it('is said before anything runs, and nothing is written', async () => {
    const before = await filesBelow(workspace);
    const chips = ['--core', '128', '--halo', '32', '--region', '512'];
    const plan = (await runOk(words('plan', '--all', ...chips))) as unknown as Plan;
    expect(await filesBelow(workspace)).toEqual(before);
    // 9 columns and 8 rows of cores; the last of each are narrower.
    expect(plan).toMatchObject({ regions: 6, chips: 72, pixelsRead: 990_000, pixelsWritten: 990_000 });
    expect(plan.scenes).toMatchObject([{ regions: 6, chips: 72, width: 1100, height: 900 }]);
    expect(plan.overlapFactor).toBeCloseTo(plan.pixelsComputed / 990_000, 6);
    expect(plan.overlapFactor).toBeGreaterThan(2);
    expect(plan.expectedSeconds).toBeGreaterThan(0);
    expect(plan.outputBytes).toBeGreaterThan(100_000);
    expect(plan.peakMemoryMiB).toBeLessThanOrEqual(plan.maxMemoryMiB);
  });

  it('says the same to people', async () => {
    const { stdout, code } = await startProgram(words('plan', '--scenes', 'scene')).ended;
    expect(code).toBe(0);
    for (const word of ['regions', 'chips', 'pixels read', 'overlap factor', 'expected time', 'peak memory'])
      expect(stdout).toContain(word);
  });

  it('gives worker hours and their price, also for a cluster that is not here', async () => {
    const cluster = [
      '--engine',
      'spark',
      '--master',
      'spark://nowhere:7077',
      '--workers',
      '16',
      '--price',
      '2.5',
    ];
    const { json } = await runJson(words('plan', '--scenes', 'scene', ...cluster));
    const plan = json as { workers: number; workerHours: number; cost: number; expectedSeconds: number };
    expect(plan.workers).toBeLessThanOrEqual(16);
    expect(plan.workerHours).toBeCloseTo((plan.workers * plan.expectedSeconds) / 3600, 10);
    expect(plan.cost).toBeCloseTo(2.5 * plan.workerHours, 10);
  });

  it('takes as many workers as the memory allows, and the run stays below it', async () => {
    const options = ['--all', '--core', '128', '--halo', '16', '--max-memory', '700MiB'];
    const plan = (await runOk(words('plan', ...options))) as unknown as Plan;
    expect(plan.workers).toBeGreaterThanOrEqual(1);
    expect(plan.peakMemoryMiB).toBeLessThanOrEqual(700);
    const run = (await runOk(words('run', ...options))) as { peakMemoryMiB: number };
    expect(run.peakMemoryMiB).toBeGreaterThan(50);
    expect(run.peakMemoryMiB).toBeLessThanOrEqual(plan.peakMemoryMiB);
  });

  it.each([
    ['MEMORY_TOO_SMALL', 5, ['--all', '--max-memory', '100MiB']],
    ['MEMORY_TOO_SMALL', 5, ['--all', '--workers', '50', '--max-memory', '2GiB']],
    ['BAD_MEMORY', 2, ['--all', '--max-memory', 'lots']],
    ['BAD_REGION', 2, ['--all', '--region', '1000']],
    ['BAD_CHIPS', 2, ['--all', '--core', '1001']],
    ['BAD_CHIPS', 2, ['--all', '--halo', '3']],
    ['BAD_CHIPS', 2, ['--all', '--halo', '8', '--blend', '16']],
    ['NO_SCENES_CHOSEN', 2, []],
    ['NO_VARIANT', 2, ['--all', '--variant', 'int8']],
  ] as const)('%s: exit code %i for %j', async (code, exit, options) => {
    const refused = await runJson(words('plan', ...options));
    expect(refused.json).toMatchObject({ error: { code, hint: expect.any(String) as unknown } });
    expect(refused.code).toBe(exit);
  });

  it('is printed by a run as the contract says, and nothing else goes to stdout', async () => {
    const run = await runOk(words('run', '--all', '--core', '256'));
    const promised =
      'run scenes tasks seconds megapixels megapixelsPerSecond overlapFactor seamScore peakMemoryMiB';
    expect(Object.keys(run)).toEqual(expect.arrayContaining(promised.split(' ')));
    expect(run['tasks']).toMatchObject({ failed: 0 });
    expect(run['seamScore']).toBeGreaterThanOrEqual(0);
    const [scene] = run['scenes'] as { scene: string; status: string; layers: Record<string, string> }[];
    expect(scene).toMatchObject({ scene: 'scene', status: 'done' });
    expect(Object.keys(scene?.layers ?? {}).sort()).toEqual(['class', 'confidence']);
  });
});
