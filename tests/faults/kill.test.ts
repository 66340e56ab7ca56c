import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TEMPORARY_MARK } from '../../src/core/atomic-file.ts';
import { seededRandom } from '../../src/core/random.ts';
import { childrenOf, runOk, startProgram } from '../support/program.ts';
import { digests, filesBelow, temporaryFolder, workspaceWithScene } from '../support/workspace.ts';

const KILLS = Number(process.env['RESFLOW_TEST_KILLS'] ?? '50');
const SEED = 20261121;
const SIZE = { width: 4000, height: 3500 };
const RUN = ['app', '--scenes', 'scene', '--model', 'noop', '--region', '512', '--workers', '2'];

/** Maps are put together by four shares each, as large ones are; the undisturbed one at once. */
const SHARES = { RESFLOW_SHARE_MEGAPIXELS: '4' };

interface RunJson {
  readonly run: string;
  readonly status: string;
  readonly tasks: { planned: number; reused: number; done: number; failed: number };
  readonly scenes: readonly { layers: Record<string, string> }[];
}

const asRun = (value: unknown): RunJson => value as RunJson;

/** Kills the program or one of its workers, if there is any. Says which. */
function strike(child: ChildProcess, random: () => number): 'coordinator' | 'worker' {
  const workers = child.pid === undefined ? [] : childrenOf(child.pid);
  const worker = workers[Math.floor(random() * workers.length)];
  if (random() < 0.5 && worker !== undefined) {
    try {
      process.kill(worker, 'SIGKILL');
      return 'worker';
    } catch {
      // It ended by itself in between.
    }
  }
  child.kill('SIGKILL');
  return 'coordinator';
}

describe(`${KILLS} kills at random moments`, () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let workspace = '';

  beforeAll(async () => {
    folder = await temporaryFolder('kill');
    workspace = await workspaceWithScene(folder.path, SIZE);
  });
  afterAll(() => folder.remove());

  /** How many tasks of a run have a marker. */
  const finishedOf = async (run: string): Promise<number> => {
    const plan = readFileSync(join(workspace, 'runs', run, 'plan.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean);
    const planned = new Set(plan.map((line) => `${(JSON.parse(line) as { id: string }).id}.json`));
    const files = await filesBelow(join(workspace, 'ledger'));
    return files.filter((file) => planned.has(basename(file))).length;
  };

  it('lose no finished region, leave nothing behind, and change no byte of the map', async () => {
    const undisturbed = asRun(await runOk(['map', 'run', ...RUN, '--fresh', '--workspace', workspace]));
    const expected = await digests(undisturbed.scenes[0]?.layers ?? {});
    expect(Object.keys(expected).sort()).toEqual(['class', 'confidence']);
    const random = seededRandom(SEED);
    const struck = { coordinator: 0, worker: 0 };
    let completed = 0;
    for (let kill = 0; kill < KILLS;) {
      const started = startProgram(
        ['map', 'run', ...RUN, '--fresh', '--json', '--workspace', workspace],
        SHARES,
      );
      let current = started;
      // The run's name is needed to resume it; before its record is there, nothing was begun.
      for (;;) {
        await new Promise((resolve) => setTimeout(resolve, 250 + random() * 1500));
        if (current.child.exitCode === null && kill < KILLS) {
          struck[strike(current.child, random)] += 1;
          kill += 1;
        }
        const ended = await current.ended;
        const list = (await runOk(['map', 'list', '--workspace', workspace])) as {
          runs: { run: string; status: string }[];
        };
        const open = list.runs.find((run) => run.status !== 'done');
        if (ended.code === 0 && open === undefined) break;
        if (open === undefined) break;
        const finished = await finishedOf(open.run);
        current = startProgram(['map', 'resume', open.run, '--json', '--workspace', workspace], SHARES);
        if (kill < KILLS) continue;
        const resumed = await current.ended;
        expect(resumed.code, resumed.stderr).toBe(0);
        expect(asRun(JSON.parse(resumed.stdout)).tasks.reused).toBeGreaterThanOrEqual(finished);
        break;
      }
      const list = (await runOk(['map', 'list', '--workspace', workspace])) as {
        runs: { run: string; status: string }[];
      };
      const last = asRun(
        await runOk(['map', 'show', list.runs.at(-1)?.run ?? 'latest', '--workspace', workspace]),
      );
      expect(last.status).toBe('done');
      expect(last.tasks.reused + last.tasks.done).toBe(last.tasks.planned);
      expect(await digests(last.scenes[0]?.layers ?? {})).toEqual(expected);
      completed += 1;
    }
    process.stderr.write(
      `kills: ${struck.coordinator} coordinator, ${struck.worker} worker, over ${completed} runs (seed ${SEED})\n`,
    );
    // What was killed while it wrote is swept by the next run at the latest.
    await runOk(['map', 'run', ...RUN, '--workspace', workspace]);
    const left = (await filesBelow(workspace)).filter((file) => file.includes(TEMPORARY_MARK));
    expect(left.map((file) => file.slice(join(workspace).length))).toEqual([]);
  }, 600_000);
});
