import { join } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { contractError, usageError } from '../../core/errors.ts';
import type { MapParameters } from '../../engine/protocol.ts';
import type { MapModel } from '../../inference/plan-map.ts';
import type { ModelCard, VariantName } from '../../model/card.ts';
import type { Application } from '../../workspace/application-record.ts';
import { LOOKS_FILE, partitionFolder } from '../../workspace/layout.ts';
import { resolveModelGallery } from '../../workspace/model-galleries.ts';
import type { ModelGallery } from '../../workspace/model-gallery-record.ts';
import { resolveModel, type StoredModel } from '../../workspace/models.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import { readPartition } from '../../workspace/partitions.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { readGalleryWeights } from '../../model/read-weights.ts';
import type { MapInput } from '../map-options.ts';
import { haloOf } from '../map-parameters.ts';
import { chooseCell } from './choose-cell.ts';
import type { ChosenModel, OpenGallery } from './chosen-model.ts';

/** Above this a map's layer has no numbers left for buckets. */
const MOST_BUCKETS = 250;

/** Bits of distance that a cell's arithmetic is worth where nothing else is asked for; docs/routing.md says what it gives. */
const YIELD_BITS = 8;

/** A stored model with the weights that are to run. Throws usage error NO_VARIANT. */
export function withVariant({ folder, card }: StoredModel, asked: VariantName | undefined): MapModel {
  const variant = asked ?? card.defaultCpuVariant;
  const weights = card.variants[variant];
  if (weights !== undefined) return { card, folder, variant, sha256: weights.sha256 };
  throw usageError('NO_VARIANT', `Model '${card.id}' has no ${variant} variant.`, {
    hint: 'Leave --variant out, or train the model with it.',
  });
}

/**
 * Reads a gallery of models and all it names, and refuses what does not fit together: a partition that is not there or
 * was changed (NO_PARTITION, MODEL_CHANGED), buckets of another one (GALLERY_PARTITION), models that give other classes
 * or want other bands than Mono (GALLERY_MIXED).
 */
export async function openGallery(
  input: MapInput,
  root: string,
  application: Application,
): Promise<ChosenModel> {
  const gallery = await resolveModelGallery(root, application.name, input.model);
  const partition = await partitionOf(root, gallery);
  checkBuckets(gallery, partition);
  const ids = new Set([gallery.mono, ...gallery.buckets.map(({ model }) => model)]);
  const models: StoredModel[] = [];
  for (const id of ids) models.push(await resolveModel(root, application.name, id));
  const [mono] = models;
  if (mono === undefined) throw new Error('a gallery without Mono');
  for (const { card } of models) refuseMixed(gallery, mono.card, card);
  return {
    modelId: gallery.id,
    model: withVariant(mono, input.variant),
    gallery: { gallery, partition, models },
  };
}

async function partitionOf(root: string, gallery: ModelGallery): Promise<Partition> {
  const partition = await readPartition(root, gallery.partition);
  if (partition === null) {
    throw contractError(
      'NO_PARTITION',
      `Gallery '${gallery.id}' was trained for partition ${gallery.partition.slice(0, 12)}, which is not in this workspace.`,
      {
        hint: `Restore gallery/partitions/, or train on the partition that is there: \`resflow model train ${gallery.application}\`.`,
        context: { gallery: gallery.id, partition: gallery.partition },
      },
    );
  }
  const folder = partitionFolder(root, partition.digest);
  await readGalleryWeights(join(folder, 'encoder.onnx'), partition.encoder.sha256);
  await readGalleryWeights(join(folder, 'hash.onnx'), partition.hash.sha256);
  if (partition.unknown !== undefined)
    await readGalleryWeights(join(folder, LOOKS_FILE), partition.unknown.sha256);
  return partition;
}

function checkBuckets(gallery: ModelGallery, { digest, buckets }: Partition): void {
  const same =
    gallery.buckets.length === buckets.length &&
    buckets.every(({ bucket, code }, i) => {
      const own = gallery.buckets[i];
      return own?.bucket === bucket && own.code === code;
    });
  if (same && buckets.length <= MOST_BUCKETS) return;
  throw contractError(
    'GALLERY_PARTITION',
    same
      ? `Partition ${digest.slice(0, 12)} has ${buckets.length} buckets; maps can tell ${MOST_BUCKETS} apart.`
      : `The buckets of gallery '${gallery.id}' are not those of partition ${digest.slice(0, 12)}, which it names.`,
    {
      hint: same
        ? 'Build the gallery with fewer --clusters.'
        : `Train again: \`resflow model train ${gallery.application}\`.`,
      context: { gallery: gallery.id, partition: digest, limit: MOST_BUCKETS, actual: buckets.length },
    },
  );
}

function refuseMixed(gallery: ModelGallery, mono: ModelCard, card: ModelCard): void {
  const ofCard = ({ classes, background, output, bands, gsd }: ModelCard) => ({
    classes: classes.map(({ id, name }) => [id, name]),
    background,
    output: [output.activation, output.channels],
    bands: bands.map(({ name }) => name),
    gsd: gsd.metres,
  });
  const [own, wanted] = [ofCard(card), ofCard(mono)];
  const other = (['classes', 'background', 'output', 'bands', 'gsd'] as const).find(
    (key) => digestOf([own[key]]) !== digestOf([wanted[key]]),
  );
  if (other === undefined) return;
  throw contractError(
    'GALLERY_MIXED',
    `Model '${card.id}' of gallery '${gallery.id}' has other ${other} than its Mono '${mono.id}'.`,
    {
      hint: 'Models that map one scene together must be of one application as it is now; train the gallery again.',
      context: { gallery: gallery.id, model: card.id, mono: mono.id },
    },
  );
}

/** The chosen model with its routing, where it is a gallery. */
export function withRouting(
  { model, gallery }: ChosenModel,
  parameters: MapParameters,
  { input, gsdMetres }: { input: MapInput; gsdMetres: number },
): MapModel {
  if (gallery === null) return model;
  const cards = gallery.models.map(({ card }) => card);
  const routing = routingOf(gallery, parameters, { input, gsdMetres });
  return { ...model, routed: { digest: digestOf(routing), routing, cards } };
}

function routingOf(
  { gallery, partition, models }: OpenGallery,
  parameters: MapParameters,
  { input, gsdMetres }: { input: MapInput; gsdMetres: number },
): Routing {
  const { digest, chipPixels, leastValid, bands, encoder, hash, quality, unknown } = partition;
  const cellPixels = chooseCell(parameters, {
    chipPixels: (chipPixels * partition.gsdMetres) / gsdMetres,
    multiple: Math.max(...models.map(({ card }) => card.input.multiple)),
  });
  return {
    version: 1,
    application: gallery.application,
    gallery: gallery.id,
    partition: {
      digest,
      gsdMetres: partition.gsdMetres,
      chipPixels,
      leastValid,
      bands,
      encoder: { sha256: encoder.sha256, normalisation: encoder.normalisation },
      hash,
      farBits: quality.farBits,
      ...(unknown === undefined ? {} : { unknown }),
    },
    cellPixels,
    ...(input.soft === undefined ? {} : { softBits: input.soft }),
    ...(input.yield === 0 ? {} : { yieldBits: input.yield ?? YIELD_BITS }),
    models: models.map((stored) => {
      const { card, folder, variant, sha256 } = withVariant(stored, variantFor(stored, input));
      if (card === null || variant === 'noop') throw new Error('a gallery of networks without one');
      const cost = card.network.gmacAt512 ?? 1;
      return { id: card.id, folder, variant, sha256, haloPixels: haloOf(card, input.halo), cost: cost || 1 };
    }),
    buckets: gallery.buckets.map(({ bucket, code, model }) => ({
      bucket,
      code,
      model: models.findIndex(({ card }) => card.id === model),
    })),
  };
}

/** What was asked for, where the model has it; else what its card says is best. */
const variantFor = ({ card }: StoredModel, { variant }: MapInput): VariantName | undefined =>
  variant !== undefined && card.variants[variant] !== undefined ? variant : undefined;
