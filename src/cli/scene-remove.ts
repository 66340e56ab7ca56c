import { z } from 'zod';
import { readScenes, removeScene } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

export const sceneRemoveCommand = defineCommand({
  path: ['scene', 'remove'],
  summary: 'Forget scenes; their files are left alone',
  args: [{ name: 'ids', description: 'the scenes', required: true, variadic: true }],
  input: z.object({ ids: z.array(z.string()).min(1) }),
  async run({ ids }, context) {
    await openWorkspace(context.workspace, 'write');
    // All or nothing: an unknown name is met before anything is removed.
    const scenes = await readScenes(context.workspace, [...new Set(ids)]);
    for (const scene of scenes) await removeScene(context.workspace, scene.id);
    return { removed: scenes.map((scene) => scene.id) };
  },
  render: ({ removed }) => `Forgotten: ${removed.join(', ')}. The image files were not touched.`,
});
