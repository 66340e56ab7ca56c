import { join } from 'node:path';
import { z } from 'zod';
import { modelCardSchema, scoresSchema, VARIANTS } from '../../model/card.ts';
import { historyPointSchema, readHistory } from '../../training/history.ts';
import { applicationSchema } from '../../workspace/application-record.ts';
import { listApplications, readApplication, readLabelSources } from '../../workspace/applications.ts';
import { listModelGalleries } from '../../workspace/model-galleries.ts';
import { modelGallerySchema } from '../../workspace/model-gallery-record.ts';
import { listModels, resolveModel, type StoredModel } from '../../workspace/models.ts';
import { idSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

const modelViewSchema = z.object({
  id: z.string(),
  application: z.string(),
  created: z.string(),
  /** null: a model of everything. */
  bucket: z.string().nullable(),
  network: z.string(),
  parameters: z.number(),
  gsdMetres: z.object({ min: z.number(), max: z.number() }),
  scores: z.record(z.string(), scoresSchema),
  variants: z.array(z.enum(VARIANTS)),
  defaultVariant: z.enum(VARIANTS),
});

const modelView = ({ card }: StoredModel) => ({
  id: card.id,
  application: card.application,
  created: card.created,
  bucket: card.bucket,
  network: card.network.name,
  parameters: card.network.parameters,
  gsdMetres: { min: card.gsd.min, max: card.gsd.max },
  scores: card.scores,
  variants: VARIANTS.filter((name) => card.variants[name] !== undefined),
  defaultVariant: card.defaultCpuVariant,
});

const applicationParams = z.object({ application: idSchema });

export const applicationRoutes = (): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/applications',
    tag: 'applications',
    summary: 'List the applications',
    scope: 'read',
    answer: {
      description: 'Applications with their classes.',
      schema: z.object({
        applications: z.array(
          applicationSchema.extend({
            labels: z.int(),
            models: z.int(),
            galleries: z.int(),
          }),
        ),
      }),
    },
    async handle(_request, { root }) {
      const applications = await listApplications(root);
      return {
        applications: await Promise.all(
          applications.map(async (application) => ({
            ...application,
            labels: (await readLabelSources(root, application.name)).length,
            models: (await listModels(root, application.name)).length,
            galleries: (await listModelGalleries(root, application.name)).length,
          })),
        ),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/applications/{application}/models',
    tag: 'applications',
    summary: 'List the models and galleries of models of an application',
    scope: 'read',
    params: applicationParams,
    answer: {
      description: 'Models, and which model each bucket has in each gallery.',
      schema: z.object({ models: z.array(modelViewSchema), galleries: z.array(modelGallerySchema) }),
    },
    async handle({ params }, { root }) {
      const { name } = await readApplication(root, params.application);
      return {
        models: (await listModels(root, name)).map(modelView),
        galleries: await listModelGalleries(root, name),
      };
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/applications/{application}/models/{model}',
    tag: 'applications',
    summary: 'Show a model: its card and the curves of its training',
    scope: 'read',
    params: applicationParams.extend({ model: idSchema }),
    answer: {
      description: 'Card and curves; no curves of a model that was imported.',
      schema: z.object({ card: modelCardSchema, history: z.array(historyPointSchema) }),
    },
    async handle({ params }, { root }) {
      await readApplication(root, params.application);
      const { card, folder } = await resolveModel(root, params.application, params.model);
      return { card, history: await readHistory(join(root, folder, 'history.jsonl')) };
    },
  }),
];
