import { resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic, writeJsonAtomic } from '../core/atomic-file.ts';
import { contractError } from '../core/errors.ts';
import { sampledChips, type FoundChip } from '../gallery/find-chips.ts';
import { bucketNeeds, suggestChips, type Candidate } from '../gallery/suggest-chips.ts';
import { hammingDistance } from '../hashing/hamming.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import { sceneChipsFolder } from '../workspace/layout.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { listSceneChips, readCurrentPartition } from '../workspace/partitions.ts';
import { listSceneIds } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { newestMaps, uncertaintyOf } from './gallery/chip-uncertainty.ts';
import { drawSheet } from './gallery/draw-sheet.ts';
import { describedChip, outlinesOf } from '../gallery/described-chip.ts';
import { textTable } from './text-table.ts';

/** Chips that are ranked; of larger galleries a sample. */
const MOST_CHIPS = 50_000;
/** A scene of which so much is labelled needs no more. */
const LABELLED_SHARE = 0.5;

export const gallerySuggestCommand = defineCommand({
  path: ['gallery', 'suggest'],
  summary: 'What to label next: buckets and chips by what their labels would be worth',
  description:
    "Buckets count by their share of the archive, few labelled scenes, and how unsure the application's newest maps are there; chips besides by how few chips of their scenes are labelled, and how far their codes are from every labelled chip. What is suggested counts as labelled for what follows. Of a scene's chips that show the same only one is suggested. Scenes of which at least half is labelled are not suggested.",
  args: [{ name: 'app', description: 'application', required: true }],
  options: [
    { flags: '--budget <n>', description: 'chips to suggest [20]' },
    { flags: '--sheet <file.png>', description: 'draw the chips into a contact sheet' },
    { flags: '--geojson <file>', description: 'write their outlines, to open in an editor' },
  ],
  examples: ['resflow gallery suggest buildings --budget 40 --sheet next.png --geojson next.geojson'],
  input: z.object({
    app: z.string().min(1),
    budget: z.coerce.number().int().positive().max(1000).default(20),
    sheet: z.string().optional(),
    geojson: z.string().optional(),
  }),
  async run(input, context) {
    const root = context.workspace;
    await openWorkspace(root, 'read');
    const { name } = await readApplication(root, input.app);
    const partition = await readCurrentPartition(root);
    const chips = await candidateChips(partition, context);
    const candidates = await candidatesOf(chips, name, context);
    const needs = bucketNeeds(candidates, partition.buckets.length);
    const suggested = suggestChips(candidates, needs, {
      budget: input.budget,
      codeBits: partition.hash.bits,
      bitsBetween: hammingDistance,
    });
    const found = suggested.flatMap(({ chip, gain, bits }) => {
      const own = chips[chip];
      const uncertainty = candidates[chip]?.uncertainty ?? null;
      return own === undefined ? [] : [{ ...own, gain, uncertainty, bitsToLabelled: bits }];
    });
    if (found.length === 0) throw nothingLeft(name, chips.length);
    const files = await writeFiles(input, found, partition, context);
    return {
      application: name,
      partition: partition.digest,
      chipsRanked: chips.length,
      chipsLabelled: candidates.filter(({ labelled }) => labelled).length,
      chipsMapped: candidates.filter(({ uncertainty }) => uncertainty !== null).length,
      buckets: needs,
      chips: found.map(describedChip),
      ...files,
    };
  },
  render: (output) =>
    [
      ...textTable(
        ['bucket', 'chips', 'share', 'labelled chips', 'labelled scenes', 'unsure', 'gain'],
        output.buckets.map((need) => [
          String(need.bucket),
          String(need.chips),
          `${(100 * need.share).toFixed(1)} %`,
          String(need.labelledChips),
          String(need.labelledScenes),
          fixed(need.uncertainty),
          need.gain.toFixed(4),
        ]),
      ),
      '',
      ...textTable(
        ['chip', 'place', 'bucket', 'unsure', 'bits', 'gain', 'lon, lat'],
        output.chips.map((chip) => [
          chip.id,
          chip.place,
          String(chip.bucket),
          fixed(chip.uncertainty),
          chip.bitsToLabelled === null ? '-' : String(chip.bitsToLabelled),
          chip.gain.toFixed(4),
          chip.centre.map((v) => v.toFixed(5)).join(', '),
        ]),
      ),
      `${output.chips.length} of ${output.chipsRanked} chips; ${output.chipsLabelled} are labelled, ${output.chipsMapped} are mapped.`,
      ...[output.sheet, output.geojson].flatMap((file) => (file === null ? [] : [`Written: ${file}`])),
    ].join('\n'),
});

const fixed = (value: number | null): string => (value === null ? '-' : value.toFixed(2));

const nothingLeft = (application: string, chips: number) =>
  contractError(
    'NOTHING_TO_SUGGEST',
    `All ${chips} chips of the gallery lie in scenes that '${application}' has labels for.`,
    {
      hint: 'Add scenes without labels: `resflow scene add`, then `resflow gallery add --all`.',
      context: { application, chips },
    },
  );

/** Chips of scenes that the workspace still has. */
async function candidateChips(partition: Partition, context: CommandContext): Promise<FoundChip[]> {
  const here = new Set(await listSceneIds(context.workspace));
  const scenes = await listSceneChips(context.workspace, partition.digest);
  const folders = scenes
    .filter(({ scene, chips }) => chips > 0 && here.has(scene))
    .map(({ scene }) => sceneChipsFolder(context.workspace, partition.digest, scene));
  return folders.length === 0 ? [] : sampledChips(folders, MOST_CHIPS);
}

async function candidatesOf(
  chips: readonly FoundChip[],
  application: string,
  context: CommandContext,
): Promise<Candidate[]> {
  const labelled = await labelledScenes(context.workspace, application);
  const maps = await newestMaps(context.workspace, application);
  const uncertainty = new Map<FoundChip, number | null>();
  const scenes = [...new Set(chips.map(({ scene }) => scene))];
  context.progress.start('Reading maps', scenes.length, 'scenes');
  try {
    for (const [i, scene] of scenes.entries()) {
      context.signal.throwIfAborted();
      const run = maps.get(scene);
      const own = chips.filter((chip) => chip.scene === scene);
      const found = run === undefined ? [] : await uncertaintyOf(run, scene, own, context);
      own.forEach((chip, k) => uncertainty.set(chip, found[k] ?? null));
      context.progress.update(i + 1);
    }
  } finally {
    context.progress.stop();
  }
  return chips.map((chip) => ({
    scene: chip.scene,
    bucket: chip.bucket,
    code: chip.code,
    labelled: labelled.has(chip.scene),
    uncertainty: uncertainty.get(chip) ?? null,
  }));
}

/** Scenes of which at least half is labelled, by one source or another. */
async function labelledScenes(root: string, application: string): Promise<Set<string>> {
  const shares = new Map<string, number>();
  for (const { coverage } of await readLabelSources(root, application)) {
    for (const { scene, labelledShare } of coverage) {
      shares.set(scene, Math.max(shares.get(scene) ?? 0, labelledShare));
    }
  }
  return new Set([...shares].filter(([, share]) => share >= LABELLED_SHARE).map(([scene]) => scene));
}

async function writeFiles(
  input: { readonly app: string; readonly sheet?: string | undefined; readonly geojson?: string | undefined },
  chips: readonly (FoundChip & { gain: number })[],
  partition: Partition,
  context: CommandContext,
): Promise<{ sheet: string | null; geojson: string | null }> {
  const sheet = input.sheet === undefined ? null : resolve(input.sheet);
  if (sheet !== null) {
    const title = `To label next for ${input.app}`;
    const subtitle = `${chips.length} chips, the best first · partition ${partition.digest.slice(0, 12)}`;
    const tiles = chips.map((chip) => ({ ...chip, caption: `${chip.id} · bucket ${chip.bucket}` }));
    await writeFileAtomic(sheet, await drawSheet({ title, subtitle, chips: tiles }, partition, context));
  }
  const geojson = input.geojson === undefined ? null : resolve(input.geojson);
  if (geojson !== null) await writeJsonAtomic(geojson, outlinesOf(chips));
  return { sheet, geojson };
}
