import { z } from 'zod';
import { windowArea } from '../../geo/window.ts';
import { bboxSchema, idSchema } from '../ids.ts';
import type { LivePredictions } from '../live/live-predictions.ts';
import { frameOf, windowOfBox } from '../live/grid-window.ts';
import { predictionPng, predictionTiff, type Prediction } from '../live/prediction-files.ts';
import { HttpError, notFound } from '../problem.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

/** Of one request; for more there are runs. */
const MOST_MEGAPIXELS = 16;

const answerSchema = z.object({
  application: z.string(),
  model: z.string(),
  scene: z.string(),
  /** On the grid of the prediction. */
  window: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }),
  gsdMetres: z.number(),
  validPixels: z.int(),
  classes: z.array(
    z.object({ value: z.int(), name: z.string(), colour: z.string(), pixels: z.int(), areaM2: z.number() }),
  ),
  meanConfidence: z.number().nullable(),
  /** Of a gallery of models. */
  buckets: z.array(z.object({ bucket: z.int(), pixels: z.int() })),
});

export const predictRoutes = (predictions: LivePredictions): AnyRoute[] => [
  defineRoute({
    method: 'POST',
    url: '/api/predict',
    tag: 'predictions',
    summary: 'Predict a part of a scene on the spot',
    scope: 'read',
    body: z.strictObject({
      application: idSchema,
      /** mono, a model's id, gallery, or the id of a gallery of models. */
      model: idSchema.default('mono'),
      scene: idSchema,
      bbox: bboxSchema,
      /** geotiff: a band a layer; png: the classes in their colours; soft: the surer, the more opaque. */
      format: z.enum(['json', 'geotiff', 'png', 'soft-png']).default('json'),
    }),
    answer: {
      description: 'What there is, as numbers; or a picture or GeoTIFF of it.',
      schema: answerSchema,
    },
    async handle({ body, signal, client }, _context, reply) {
      const plan = await predictions.plan(body);
      const window = windowOfBox(frameOf(plan), body.bbox);
      if (window === null) {
        throw notFound(
          'NOT_ON_SCENE',
          `Scene '${body.scene}' does not reach into this box.`,
          'GET /api/scenes says where it is.',
        );
      }
      const megapixels = windowArea(window) / 1e6;
      if (megapixels > MOST_MEGAPIXELS) {
        throw new HttpError(
          413,
          'AREA_TOO_LARGE',
          `The box has ${megapixels.toFixed(1)} megapixels at ${plan.grid.gsdMetres.toFixed(2)} m; one request may have ${MOST_MEGAPIXELS}.`,
          {
            hint: 'Ask for a smaller box, or start a run.',
            context: { limit: MOST_MEGAPIXELS, actual: megapixels },
          },
        );
      }
      const layers = await predictions.pixels(plan, window, { client, signal });
      const prediction: Prediction = { plan, window, layers };
      if (body.format === 'json') return describe(body.application, prediction);
      if (body.format === 'geotiff') {
        return reply
          .type('image/tiff; application=geotiff')
          .header('content-disposition', `attachment; filename="${body.scene}-prediction.tif"`)
          .send(await predictionTiff(prediction));
      }
      return reply.type('image/png').send(await predictionPng(prediction, body.format === 'soft-png'));
    },
  }),
];

function describe(application: string, { plan, window, layers }: Prediction): z.infer<typeof answerSchema> {
  const counts = countsOf(layers['class']);
  const spec = plan.layers.find(({ name }) => name === 'class');
  const confidences = countsOf(layers['confidence']);
  const buckets = plan.layers.find(({ name }) => name === 'bucket');
  const total = (of: ReadonlyMap<number, number>) => [...of.values()].reduce((sum, count) => sum + count, 0);
  counts.delete(spec?.noData ?? -1);
  confidences.delete(0);
  const sure = [...confidences].reduce((sum, [value, count]) => sum + (value / 255) * count, 0);
  return {
    application,
    model: plan.modelId,
    scene: plan.scene,
    window,
    gsdMetres: plan.grid.gsdMetres,
    validPixels: total(counts),
    classes: (spec?.palette ?? []).map(({ value, name, colour }) => {
      const pixels = counts.get(value) ?? 0;
      return { value, name, colour, pixels, areaM2: pixels * plan.grid.gsdMetres ** 2 };
    }),
    meanConfidence: confidences.size === 0 ? null : sure / total(confidences),
    buckets: [...countsOf(layers['bucket'])]
      .filter(([value]) => value !== buckets?.noData)
      .map(([bucket, pixels]) => ({ bucket, pixels })),
  };
}

function countsOf(data: Uint8Array | undefined): Map<number, number> {
  const counts = new Uint32Array(256);
  for (const value of data ?? []) counts[value] = (counts[value] ?? 0) + 1;
  return new Map([...counts].flatMap((count, value) => (count === 0 ? [] : [[value, count] as const])));
}
