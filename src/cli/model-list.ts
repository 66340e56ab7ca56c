import { join } from 'node:path';
import { z } from 'zod';
import type { ModelCard } from '../model/card.ts';
import { readApplication } from '../workspace/applications.ts';
import { listModelGalleries } from '../workspace/model-galleries.ts';
import type { ModelGallery } from '../workspace/model-gallery-record.ts';
import { listModels } from '../workspace/models.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { textTable } from './text-table.ts';

export const modelListCommand = defineCommand({
  path: ['model', 'list'],
  summary: 'List the models and galleries of models, of one application or of all',
  args: [{ name: 'app', description: 'the application', required: false }],
  input: z.object({ app: z.string().optional() }),
  async run({ app }, context) {
    await openWorkspace(context.workspace, 'read');
    if (app !== undefined) await readApplication(context.workspace, app);
    const models = await listModels(context.workspace, app ?? null);
    const galleries = await listModelGalleries(context.workspace, app ?? null);
    return {
      models: models.map(({ folder, card }) => ({
        id: card.id,
        application: card.application,
        folder: join(context.workspace, folder),
        created: card.created,
        bucket: card.bucket,
        network: card.network.name,
        parameters: card.network.parameters,
        scores: card.scores,
        variants: Object.keys(card.variants),
        default: card.defaultCpuVariant,
      })),
      galleries: galleries.map(({ id, application, created, partition, recipe, mono, buckets, budget }) => ({
        id,
        application,
        created,
        partition,
        recipe,
        mono,
        budget,
        buckets: buckets.map(({ bucket, model, decision }) => ({ bucket, model, decision })),
      })),
    };
  },
  render: ({ models, galleries }) =>
    models.length === 0
      ? 'No models. Train one with `resflow model train APP --mono`.'
      : [...modelTable(models), ...(galleries.length === 0 ? [] : ['', ...galleryTable(galleries)])].join(
          '\n',
        ),
});

const shortTime = (created: string): string => created.slice(0, 16).replace('T', ' ');

interface ListedModel {
  readonly id: string;
  readonly application: string;
  readonly network: string;
  readonly bucket: string | null;
  readonly parameters: number;
  readonly scores: ModelCard['scores'];
  readonly created: string;
}

const modelTable = (models: readonly ListedModel[]): string[] =>
  textTable(
    ['model', 'application', 'bucket', 'network', 'parameters', 'validation IoU', 'made'],
    models.map(({ id, application, bucket, network, parameters, created, scores }) => [
      id,
      application,
      bucket ?? 'all',
      network,
      `${(parameters / 1e6).toFixed(parameters < 1e5 ? 2 : 1)} M`,
      scores['validation']?.iou.toFixed(3) ?? '-',
      shortTime(created),
    ]),
  );

type ListedGallery = Pick<ModelGallery, 'id' | 'application' | 'recipe' | 'mono' | 'created'> & {
  readonly buckets: readonly { readonly decision: string }[];
};

const galleryTable = (galleries: readonly ListedGallery[]): string[] =>
  textTable(
    ['gallery', 'application', 'recipe', 'buckets with a model of their own', 'Mono', 'made'],
    galleries.map(({ id, application, recipe, mono, buckets, created }) => [
      id,
      application,
      recipe,
      `${buckets.filter(({ decision }) => decision === 'specialist').length} of ${buckets.length}`,
      mono,
      shortTime(created),
    ]),
  );
