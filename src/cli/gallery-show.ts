import { join, resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { typicalChips } from '../gallery/find-chips.ts';
import { sceneChipsFolder } from '../workspace/layout.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { readCurrentPartition } from '../workspace/partitions.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { describeGallery, renderGallery, type GalleryDescription } from './gallery/describe-gallery.ts';
import { drawSheet } from './gallery/draw-sheet.ts';

/** Chips on a bucket's sheet. */
const SHEET_CHIPS = 48;

export const galleryShowCommand = defineCommand({
  path: ['gallery', 'show'],
  summary: 'Buckets with sizes, places and variance; scenes with their drift',
  options: [
    {
      flags: '--sheet <dir>',
      description: 'write a contact sheet of typical chips for each bucket into a folder',
    },
  ],
  examples: ['resflow gallery show --sheet sheets'],
  input: z.object({ sheet: z.string().optional() }),
  async run({ sheet }, context) {
    await openWorkspace(context.workspace, 'read');
    const partition = await readCurrentPartition(context.workspace);
    const gallery = await describeGallery(context.workspace, partition);
    const sheets = sheet === undefined ? [] : await writeSheets(resolve(sheet), gallery, partition, context);
    return { ...gallery, sheets };
  },
  render: (output) =>
    [...renderGallery(output), ...output.sheets.map((file) => `Contact sheet: ${file}`)].join('\n'),
});

async function writeSheets(
  folder: string,
  gallery: GalleryDescription,
  partition: Partition,
  context: CommandContext,
): Promise<string[]> {
  const folders = gallery.scenes
    .filter(({ chips }) => chips > 0)
    .map(({ scene }) => sceneChipsFolder(context.workspace, partition.digest, scene));
  const files: string[] = [];
  context.progress.start('Drawing contact sheets', gallery.buckets.length, 'buckets');
  for (const { bucket, code, chips, places } of gallery.buckets) {
    const typical = await typicalChips(folders, bucket, SHEET_CHIPS);
    const sheet = await drawSheet(
      {
        title: `Bucket ${bucket} (${code}): ${chips} chips`,
        subtitle: `Nearest to the centroid first, scenes in turn · ${places
          .slice(0, 6)
          .map(({ place, chips: n }) => `${place} ${n}`)
          .join(', ')}`,
        chips: typical.map((chip) => ({ ...chip, caption: `${chip.id} · ${chip.distance}` })),
      },
      partition,
      context,
    );
    const file = join(folder, `bucket-${bucket}.png`);
    await writeFileAtomic(file, sheet);
    files.push(file);
    context.progress.update(files.length);
  }
  context.progress.stop();
  return files;
}
