import { z } from 'zod';
import { SPLITS } from '../workspace/scene-record.ts';
import { readScenes } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { sceneSummary, type SceneSummary } from './scene-summary.ts';
import { textTable } from './text-table.ts';

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
      : sceneTable(scenes).join('\n'),
});

const sceneTable = (scenes: readonly SceneSummary[]): string[] =>
  textTable(
    ['scene', 'place', 'split', 'pixels', 'GSD', 'valid', 'bands'],
    scenes.map((scene) => [
      scene.id,
      scene.place,
      scene.split ?? '-',
      `${scene.width} x ${scene.height}`,
      `${scene.gsd.toPrecision(3)} m`,
      `${(100 * scene.validShare).toFixed(1)} %`,
      scene.bands.join(' '),
    ]),
  );
