import { resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic, writeJsonAtomic } from '../core/atomic-file.ts';
import { usageError } from '../core/errors.ts';
import { isoDate } from '../ingest/acquisition-time.ts';
import type { SceneChips } from '../workspace/partition-record.ts';
import { listSceneChips, readCurrentPartition } from '../workspace/partitions.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { codeText } from '../hashing/codes.ts';
import { defineCommand } from './command.ts';
import { drawSheet } from './gallery/draw-sheet.ts';
import { readQuery } from './gallery/query-chip.ts';
import { searchScenes } from './gallery/search-scenes.ts';
import { describedChip, outlinesOf } from '../gallery/described-chip.ts';
import { textTable } from './text-table.ts';

const inputSchema = z.object({
  query: z.string().min(1),
  limit: z.coerce.number().int().positive().max(10_000).default(100),
  place: z.string().optional(),
  bucket: z.coerce.number().int().nonnegative().optional(),
  since: z.string().optional(),
  maxDistance: z.coerce.number().int().nonnegative().default(256),
  sheet: z.string().optional(),
  geojson: z.string().optional(),
});

export const gallerySearchCommand = defineCommand({
  path: ['gallery', 'search'],
  summary: 'Chips that look alike: nearest by code to a chip, an image file or a place',
  description:
    "Exact: every code is compared. Of a file the chip in its middle is searched for; a file without a position is taken to have pixels of the gallery's size. Scenes without a time of acquisition are left out where --since is given.",
  args: [
    { name: 'query', description: 'a chip (SCENE/ROW-COLUMN), an image file, or LON,LAT', required: true },
  ],
  options: [
    { flags: '--limit <n>', description: 'how many [100]' },
    { flags: '--place <name>', description: 'only chips of a place' },
    { flags: '--bucket <n>', description: 'only chips of a bucket' },
    { flags: '--since <date>', description: 'only chips acquired on this day (ISO 8601) or later' },
    { flags: '--max-distance <bits>', description: 'only chips that differ in at most so many bits' },
    { flags: '--sheet <file.png>', description: 'draw the chips found into a contact sheet' },
    { flags: '--geojson <file>', description: 'write the outlines of the chips found' },
  ],
  examples: [
    'resflow gallery search north/256-512 --limit 40 --sheet alike.png',
    'resflow gallery search 85.52,27.63 --place banepa --geojson alike.geojson',
  ],
  input: inputSchema,
  async run(input, context) {
    const root = context.workspace;
    await openWorkspace(root, 'read');
    const partition = await readCurrentPartition(root);
    const since = checkedDate(input.since);
    if (input.bucket !== undefined && input.bucket >= partition.buckets.length) {
      throw usageError(
        'NO_BUCKET',
        `There is no bucket ${input.bucket}; there are 0 to ${partition.buckets.length - 1}.`,
        {
          hint: '`resflow gallery show` lists them.',
          context: { limit: partition.buckets.length - 1, actual: input.bucket },
        },
      );
    }
    const all = (await listSceneChips(root, partition.digest)).filter(({ chips }) => chips > 0);
    const query = await readQuery(
      input.query,
      partition,
      all.map(({ scene }) => scene),
      context,
    );
    const scenes = all.filter((scene) => matches(scene, { place: input.place, since }));
    const filter = { limit: input.limit, bucket: input.bucket ?? null, maxDistance: input.maxDistance };
    const started = performance.now();
    const hits = await searchScenes(root, partition, scenes, { code: query.code, filter });
    const milliseconds = performance.now() - started;
    const sheet = input.sheet === undefined ? null : resolve(input.sheet);
    if (sheet !== null) {
      const title = `Alike to ${query.name}`;
      const subtitle = `${hits.length} chips, nearest first, with the bits they differ in · partition ${partition.digest.slice(0, 12)}`;
      const chips = hits.map((hit) => ({ ...hit, caption: `${hit.id} · ${hit.bits}` }));
      await writeFileAtomic(sheet, await drawSheet({ title, subtitle, chips }, partition, context));
    }
    const geojson = input.geojson === undefined ? null : resolve(input.geojson);
    if (geojson !== null) await writeJsonAtomic(geojson, outlinesOf(hits));
    return {
      query: { kind: query.kind, name: query.name, code: codeText(query.code) },
      partition: partition.digest,
      searched: scenes.reduce((sum, { chips }) => sum + chips, 0),
      milliseconds: Math.round(milliseconds),
      chips: hits.map(describedChip),
      sheet,
      geojson,
    };
  },
  render: (output) =>
    [
      ...textTable(
        ['bits', 'chip', 'place', 'acquired', 'bucket', 'lon, lat'],
        output.chips.map((chip) => [
          String(chip.bits),
          chip.id,
          chip.place,
          chip.acquired?.slice(0, 10) ?? '-',
          String(chip.bucket),
          chip.centre.map((v) => v.toFixed(5)).join(', '),
        ]),
      ),
      `${output.chips.length} of ${output.searched} chips, ${output.milliseconds} ms.`,
      ...[output.sheet, output.geojson].flatMap((file) => (file === null ? [] : [`Written: ${file}`])),
    ].join('\n'),
});

function checkedDate(text: string | undefined): string | null {
  if (text === undefined) return null;
  const date = isoDate(text);
  if (date !== null) return date;
  throw usageError('BAD_OPTION', `--since ${text} is no ISO 8601 date or time.`, {
    hint: 'For example 2023-05-17.',
  });
}

const matches = (
  scene: SceneChips,
  { place, since }: { place: string | undefined; since: string | null },
): boolean =>
  (place === undefined || scene.place === place) &&
  (since === null || (scene.acquired !== null && Date.parse(scene.acquired) >= Date.parse(since)));
