import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sweepTemporary, writeFileAtomic, writeJsonAtomic } from '../core/atomic-file.ts';
import { writeFolderOnce } from '../core/atomic-folder.ts';
import { digestOf } from '../core/digest.ts';
import { ERROR_FAMILIES } from '../core/errors.ts';
import { floatsOf } from '../embedding/chip-part.ts';
import { chipId, planChipTasks } from '../embedding/plan-chip-tasks.ts';
import { checkBits, codeText } from '../hashing/codes.ts';
import { drawChart } from '../training/draw-curves.ts';
import { galleryFolder, LOOKS_FILE, partitionFolder } from '../workspace/layout.ts';
import type { Partition } from '../workspace/partition-record.ts';
import { setCurrentPartition } from '../workspace/partitions.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import {
  chosenScenes,
  fittingScenes,
  type GalleryScene,
  type RefusedScene,
} from './gallery/choose-gallery-scenes.ts';
import { clusterChart } from './gallery/cluster-chart.ts';
import { codeScenes } from './gallery/code-scenes.ts';
import { describeGallery, renderGallery } from './gallery/describe-gallery.ts';
import { fitPartition, type Fit } from './gallery/fit-partition.ts';
import {
  makeEncoder,
  parseExtractor,
  SELF_SUPERVISED_STEPS,
  type MadeEncoder,
} from './gallery/make-encoder.ts';
import { LEAST_VALID } from './gallery/make-chip-set.ts';
import { makeHash } from './gallery/make-hash.ts';
import { readParts, runChipTasks, type ChipTaskCounts } from './gallery/run-chip-tasks.ts';

const DEFAULT_CHIP = 256;
/** Raised whenever equal networks and centroids would give other codes or buckets. */
const PARTITION_CODE_VERSION = 1;

const list = z.string().transform((text) => text.split(',').map((part) => part.trim()));
const inputSchema = z.object({
  scenes: list.optional(),
  all: z.boolean().default(false),
  gsd: z.coerce.number().positive().default(0.3),
  chip: z.coerce.number().int().positive().default(DEFAULT_CHIP),
  bands: list.default(['red', 'green', 'blue']),
  extractor: z.string().default('statistics'),
  maxSteps: z.coerce.number().int().positive().optional(),
  clusters: z.union([z.literal('auto'), z.coerce.number().int().min(2)]).default('auto'),
  bits: z.coerce.number().default(32),
  seed: z.coerce.number().int().nonnegative().default(1),
});
type Input = z.infer<typeof inputSchema>;

export const galleryBuildCommand = defineCommand({
  path: ['gallery', 'build'],
  summary: 'Partition scenes into buckets of chips that look alike, and make them searchable',
  description:
    'Embeds every chip, clusters the embeddings, trains a hash network on the clusters, and writes each chip with code and bucket as GeoParquet. Whatever was finished is used again: after Ctrl-C or a crash the same command goes on. Another build makes another version of the partition; the old one stays.',
  options: [
    { flags: '--scenes <ids>', description: 'scenes, separated by commas' },
    { flags: '--all', description: 'every scene of the workspace' },
    { flags: '--gsd <metres>', description: 'ground size of a pixel of the chips [0.3]' },
    { flags: '--chip <pixels>', description: `side of a chip [${DEFAULT_CHIP}]` },
    { flags: '--bands <names>', description: 'bands the extractor sees [red,green,blue]' },
    {
      flags: '--extractor <name>',
      description:
        'statistics, self-supervised, segmentation:APP (features of its newest Mono), or encoder.onnx [statistics]',
    },
    {
      flags: '--max-steps <n>',
      description: `training steps of the self-supervised extractor [${SELF_SUPERVISED_STEPS}]`,
    },
    {
      flags: '--clusters <n>',
      description: 'number of clusters, or auto: the elbow of their variance [auto]',
    },
    { flags: '--bits <n>', description: 'bits of a code: 16 to 256, a multiple of 8 [32]' },
    { flags: '--seed <n>', description: 'seed of everything random [1]' },
  ],
  examples: [
    'resflow gallery build --all',
    'resflow gallery build --scenes north,south --extractor self-supervised --clusters 8',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    checkBits(input.bits);
    const extractor = parseExtractor(input.extractor, input.maxSteps);
    await sweepTemporary(galleryFolder(context.workspace));
    const items = await chosenScenes(context.workspace, input);
    const needs = { bands: input.bands, gsdMetres: input.gsd };
    const { scenes, refused: unfit } = await fittingScenes(items, needs);
    const request = {
      scenes,
      bands: input.bands,
      gsdMetres: input.gsd,
      chipPixels: input.chip,
      seed: input.seed,
    };
    const encoder = await makeEncoder(extractor, request, context);
    const embedded = await embedScenes(scenes, encoder, input, context);
    const fit = await fitPartition(embedded.fitInput, (hash) => makeHash(hash, context));
    const partition = await publishPartition({ fit, encoder, embedded, input }, context);
    const { refused: changed } = await codeScenes(partition, scenes, context, embedded.clusterOf(fit));
    await setCurrentPartition(context.workspace, partition.digest);
    return {
      ...(await describeGallery(context.workspace, partition)),
      regions: embedded.counts,
      refused: [...unfit, ...changed],
    };
  },
  render: (output) => [...renderGallery(output), ...renderRefused(output.refused)].join('\n'),
  exitCode: ({ refused }) => (refused.length > 0 ? ERROR_FAMILIES.partial.exitCode : 0),
});

/** Scenes that were left out, and why, for people. */
export const renderRefused = (refused: readonly RefusedScene[]): string[] =>
  refused.map(({ scene, problems }) => `refused ${scene}: ${problems.map((p) => p.message).join('; ')}`);

interface Embedded {
  readonly counts: ChipTaskCounts;
  readonly fitInput: Parameters<typeof fitPartition>[0];
  readonly scenes: readonly { readonly id: string; readonly place: string; readonly chips: number }[];
  clusterOf(fit: Fit): (scene: string, chip: number) => number | null;
}

async function embedScenes(
  scenes: readonly GalleryScene[],
  encoder: MadeEncoder,
  input: Input,
  context: CommandContext,
): Promise<Embedded> {
  const { folder, record } = encoder;
  const plan = {
    encoder: { folder, sha256: record.sha256, normalisation: record.normalisation },
    hash: null,
    parameters: { chipPixels: input.chip, gsdMetres: input.gsd, leastValid: LEAST_VALID },
  };
  const tasks = scenes.map(({ item, bands }) => planChipTasks(item, bands, plan));
  const counts = await runChipTasks('Embedding chips', tasks.flat(), context);
  const vectors: Float32Array[] = [];
  const names: string[] = [];
  const owners: number[] = [];
  const firsts = new Map<string, number>();
  for (const [index, { item }] of scenes.entries()) {
    firsts.set(item.id, names.length);
    for (const part of await readParts(context.workspace, tasks[index] ?? [])) {
      vectors.push(floatsOf(part));
      names.push(...part.chips.map((chip) => chipId(item.id, chip)));
      owners.push(...part.chips.map(() => index));
    }
  }
  const placeOf = (scene: number) => scenes[scene]?.item.properties['resflow:place'] ?? '';
  const count = names.length;
  const data = Float32Array.from({ length: vectors.reduce((sum, { length }) => sum + length, 0) });
  vectors.reduce((at, part) => (data.set(part, at), at + part.length), 0);
  return {
    counts,
    fitInput: {
      embeddings: { count, dims: record.dims, data },
      contentDims: record.contentDims ?? record.dims,
      scenes: Int32Array.from(owners),
      placeOf,
      nameOf: (chip) => names[chip] ?? '?',
      clusters: input.clusters,
      bits: input.bits,
      seed: input.seed,
    },
    scenes: scenes.map(({ item }, index) => ({
      id: item.id,
      place: placeOf(index),
      chips: owners.filter((owner) => owner === index).length,
    })),
    clusterOf:
      ({ clustering }) =>
      (scene, chip) =>
        clustering.labels[(firsts.get(scene) ?? 0) + chip] ?? null,
  };
}

interface Built {
  readonly fit: Fit;
  readonly encoder: MadeEncoder;
  readonly embedded: Embedded;
  readonly input: Input;
}

/** Writes the version's folder, with everything that codes of new scenes need; equal builds give the same one. */
async function publishPartition(built: Built, context: CommandContext): Promise<Partition> {
  const root = context.workspace;
  const { fit, encoder } = built;
  const partition = partitionOf(built, context.now());
  const folder = partitionFolder(root, partition.digest);
  await writeFolderOnce(folder, async (temporary) => {
    const copy = (from: string, name: string) => copyFile(join(root, from, name), join(temporary, name));
    await copy(encoder.folder, 'encoder.onnx');
    await copy(encoder.folder, 'encoder.json');
    await copy(fit.hash.folder, 'hash.onnx');
    await copy(fit.hash.folder, 'hash.json');
    await writeFileAtomic(join(temporary, LOOKS_FILE), fit.looks.bytes);
    const { default: sharp } = await import('sharp');
    const chart = await sharp(Buffer.from(drawChart(clusterChart(partition))))
      .png()
      .toBuffer();
    await writeFileAtomic(join(temporary, 'clusters.png'), chart);
    await writeJsonAtomic(join(temporary, 'partition.json'), partition);
  });
  return partition;
}

function partitionOf({ fit, encoder, embedded, input }: Built, now: Date): Partition {
  const { clustering, hash, centroids, buckets, quality, looks } = fit;
  const { kind, dims, sha256, normalisation, gmacPerChip } = encoder.record;
  const grid = {
    gsdMetres: input.gsd,
    chipPixels: input.chip,
    leastValid: LEAST_VALID,
    bands: input.bands,
  };
  const code = { bits: hash.bits, sha256: hash.sha256 };
  const digest = digestOf({
    code: PARTITION_CODE_VERSION,
    grid,
    encoder: [sha256, normalisation],
    hash: code,
    centroids: codeText(centroids.data),
    clusters: clustering.clusters,
    unknown: [looks.rule.sha256, looks.rule.limit],
  });
  const { clusters, elbow, curve, sampled, settled } = clustering;
  return {
    version: 1,
    digest,
    created: now.toISOString(),
    seed: input.seed,
    ...grid,
    encoder: { kind, dims, sha256, normalisation, gmacPerChip },
    hash: code,
    clusters: {
      clusters,
      chosenBy: input.clusters === 'auto' ? 'elbow' : 'user',
      elbow,
      curve: [...curve],
      settled,
      sampled,
      chips: embedded.fitInput.embeddings.count,
    },
    buckets,
    quality,
    unknown: looks.rule,
    scenes: [...embedded.scenes],
  };
}
