import { z } from 'zod';
import { toResflowError } from '../core/errors.ts';
import { asItIs } from '../workspace/run-activity.ts';
import { listRunIds, readRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { describeRun, renderRun } from './execute-map.ts';
import { textTable } from './text-table.ts';

export const mapShowCommand = defineCommand({
  path: ['map', 'show'],
  summary: 'Show a run: its state, layers, speed, failures',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  input: z.object({ run: z.string().min(1) }),
  async run({ run }, context) {
    await openWorkspace(context.workspace, 'read');
    return describeRun(await asItIs(context.workspace, await readRun(context.workspace, run)));
  },
  render: renderRun,
});

function problemOf(thrown: unknown): { code: string; message: string } {
  const { code, message } = toResflowError(thrown);
  return { code, message };
}

export const mapListCommand = defineCommand({
  path: ['map', 'list'],
  summary: 'List the runs of the workspace',
  input: z.object({}),
  async run(_input, context) {
    await openWorkspace(context.workspace, 'read');
    const ids = await listRunIds(context.workspace);
    const read = await Promise.allSettled(
      ids.map(async (id) => asItIs(context.workspace, await readRun(context.workspace, id))),
    );
    const runs = read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    return {
      unreadable: read.flatMap((one, i) =>
        one.status === 'rejected' ? [{ run: ids[i] ?? '', ...problemOf(one.reason) }] : [],
      ),
      runs: runs.map((run) => ({
        run: run.id,
        application: run.application,
        model: run.gallery?.id ?? run.model.id,
        status: run.status,
        scenes: run.scenes.length,
        scenesDone: run.scenes.filter((scene) => scene.status === 'done').length,
        created: run.created,
      })),
    };
  },
  render: ({ runs, unreadable }) =>
    [
      ...(runs.length === 0 && unreadable.length === 0
        ? ['No runs yet. `resflow map run APP --all` starts one.']
        : textTable(
            ['run', 'status', 'application', 'model', 'scenes done', 'begun (UTC)'],
            runs.map((run) => [
              run.run,
              run.status,
              run.application,
              run.model,
              `${run.scenesDone} of ${run.scenes}`,
              run.created.slice(0, 16).replace('T', ' '),
            ]),
          )),
      ...unreadable.map(({ run, message }) => `${run} cannot be read: ${message}`),
    ].join('\n'),
});
