import { z } from 'zod';
import { ERROR_FAMILIES } from '../core/errors.ts';
import { checkScene } from '../ingest/check-scenes.ts';
import { readApplication } from '../workspace/applications.ts';
import { readScenes } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

export const sceneCheckCommand = defineCommand({
  path: ['scene', 'check'],
  summary: 'Say which scenes an application would refuse, and why',
  description:
    'Checks bands and ground sample distance against the application, and that every source is there, readable and unchanged since it was added. Nothing is computed.',
  args: [{ name: 'app', description: 'the application', required: true }],
  options: [{ flags: '--scenes <ids>', description: 'scenes, separated by commas; otherwise all' }],
  input: z.object({ app: z.string(), scenes: z.string().optional() }),
  async run({ app, scenes }, context) {
    await openWorkspace(context.workspace, 'read');
    const application = await readApplication(context.workspace, app);
    const ids = scenes === undefined ? ('all' as const) : scenes.split(',').map((id) => id.trim());
    const needs = { bands: application.bands, gsdRange: application.gsdRange };
    const checked = [];
    for (const scene of await readScenes(context.workspace, ids))
      checked.push(await checkScene(scene, needs));
    return {
      application: app,
      scenes: checked.map(({ id, problems }) => ({ id, problems, accepted: problems.length === 0 })),
      refused: checked.filter((scene) => scene.problems.length > 0).length,
    };
  },
  render: ({ application, scenes, refused }) =>
    [
      ...scenes.flatMap(({ id, accepted, problems }) => [
        `${accepted ? 'accepted' : 'refused '} ${id}`,
        ...problems.flatMap(({ code, message, hint }) => [
          `         ${code}: ${message}`,
          ...(hint === null ? [] : [`         hint: ${hint}`]),
        ]),
      ]),
      `${application}: ${scenes.length - refused} scene(s) accepted, ${refused} refused.`,
    ].join('\n'),
  exitCode: ({ refused }) => (refused === 0 ? 0 : ERROR_FAMILIES.contract.exitCode),
});
