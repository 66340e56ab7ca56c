import { z } from 'zod';
import { SPLITS } from '../workspace/scene-record.ts';
import { readScenes } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { sceneLine, sceneSummary } from './scene-summary.ts';

export const sceneListCommand = defineCommand({
  path: ['scene', 'list'],
  summary: 'List the scenes',
  options: [
    { flags: '--place <name>', description: 'only those of a place' },
    { flags: '--split <split>', description: `only those of a split: ${SPLITS.join(', ')}` },
  ],
  input: z.object({ place: z.string().optional(), split: z.enum(SPLITS).optional() }),
  async run({ place, split }, context) {
    await openWorkspace(context.workspace, 'read');
    const scenes = (await readScenes(context.workspace, 'all')).map(sceneSummary);
    return {
      scenes: scenes.filter(
        (scene) =>
          (place === undefined || scene.place === place) && (split === undefined || scene.split === split),
      ),
    };
  },
  render: ({ scenes }) =>
    scenes.length === 0
      ? 'No scenes. Next: resflow scene add FILE... --place NAME'
      : scenes.map(sceneLine).join('\n'),
});
