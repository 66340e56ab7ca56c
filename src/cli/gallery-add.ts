import { z } from 'zod';
import { sweepTemporary } from '../core/atomic-file.ts';
import { ERROR_FAMILIES } from '../core/errors.ts';
import { chipsFolder } from '../workspace/layout.ts';
import { readCurrentPartition } from '../workspace/partitions.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { renderRefused } from './gallery-build.ts';
import { chosenScenes, fittingScenes } from './gallery/choose-gallery-scenes.ts';
import { codeScenes } from './gallery/code-scenes.ts';
import { describeGallery, renderGallery } from './gallery/describe-gallery.ts';

export const galleryAddCommand = defineCommand({
  path: ['gallery', 'add'],
  summary: 'Append scenes to the gallery; the partition stays',
  description:
    'Gives the chips of scenes their codes and buckets. Chips that are in the gallery are never touched; a scene that is in it already is passed over. The table says how unlike the archive each scene is: PSI (above 0.25 much has moved) and the share of chips that look like none it was built of.',
  options: [
    { flags: '--scenes <ids>', description: 'scenes, separated by commas' },
    { flags: '--all', description: 'every scene of the workspace' },
  ],
  examples: ['resflow gallery add --scenes west'],
  input: z.object({
    scenes: z
      .string()
      .transform((text) => text.split(',').map((id) => id.trim()))
      .optional(),
    all: z.boolean().default(false),
  }),
  async run(input, context) {
    const root = context.workspace;
    await openWorkspace(root, 'write');
    const partition = await readCurrentPartition(root);
    await sweepTemporary(chipsFolder(root, partition.digest));
    const fitting = await fittingScenes(await chosenScenes(root, input), partition);
    const { coded, refused: changed } = await codeScenes(partition, fitting.scenes, context);
    const refused = [...fitting.refused, ...changed];
    const added = coded.filter((scene) => scene.added).map(({ record }) => record.scene);
    const existing = coded.filter((scene) => !scene.added).map(({ record }) => record.scene);
    return { ...(await describeGallery(root, partition)), added, existing, refused };
  },
  render: (output) =>
    [
      ...renderGallery(output),
      '',
      `${output.added.length} scene(s) added, ${output.existing.length} were there.`,
      ...renderRefused(output.refused),
    ].join('\n'),
  exitCode: ({ refused }) => (refused.length > 0 ? ERROR_FAMILIES.partial.exitCode : 0),
});
