import { z } from 'zod';
import { badRequest } from '../problem.ts';
import type { ServerContext } from '../server-context.ts';
import { ChipImages } from '../chip-images.ts';
import { chipLayout, typicalOf } from '../chip-layout.ts';
import { idSchema, latSchema, lonSchema } from '../ids.ts';
import { defineRoute, type AnyRoute } from '../route.ts';

/** `SCENE/ROW-COLUMN`. */
const chipSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,119}\/\d{1,9}-\d{1,9}$/, 'is no name of a chip');

const dateSchema = z.string().regex(/^\d{4}(-\d\d(-\d\d(T[\d:.]{5,15}Z?)?)?)?$/, 'is no ISO 8601 date');

const chipViewSchema = z
  .object({
    id: z.string(),
    scene: z.string(),
    place: z.string(),
    acquired: z.string().nullable(),
    bucket: z.int(),
    centre: z.array(z.number()),
  })
  .loose();

export const galleryRoutes = ({ root }: ServerContext, images = new ChipImages(root)): AnyRoute[] => [
  defineRoute({
    method: 'GET',
    url: '/api/gallery',
    tag: 'gallery',
    summary: 'Show the image gallery: buckets with sizes and places, scenes with their drift',
    scope: 'read',
    answer: {
      description: 'As `resflow gallery show --json` gives it, without where it lies.',
      schema: z
        .object({
          partition: z.string(),
          chips: z.int(),
          bits: z.int(),
          gsdMetres: z.number(),
          chipPixels: z.int(),
          buckets: z.array(
            z
              .object({
                bucket: z.int(),
                code: z.string(),
                chips: z.int(),
                places: z.array(z.object({ place: z.string(), chips: z.int() })),
              })
              .loose(),
          ),
          scenes: z.array(z.object({ scene: z.string(), place: z.string(), chips: z.int() }).loose()),
        })
        .loose(),
    },
    async handle({ signal }, { commands }) {
      const shown = z
        .record(z.string(), z.unknown())
        .parse(await commands.run(['gallery', 'show'], {}, signal));
      const { folder: _f, chipsFolder: _c, plot: _p, sheets: _s, ...gallery } = shown;
      return gallery;
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/gallery/chips',
    tag: 'gallery',
    summary: 'List the chips, column by column, with a place for each in two dimensions',
    scope: 'read',
    query: z.object({ limit: z.coerce.number().int().min(1).max(200_000).default(20_000) }),
    answer: {
      description:
        'Of larger galleries a sample that is the same every time. x and y lie in -1 to 1: chips with like codes lie near each other.',
      schema: z.object({
        partition: z.string(),
        total: z.int(),
        id: z.array(z.string()),
        scene: z.array(z.string()),
        place: z.array(z.string()),
        acquired: z.array(z.string().nullable()),
        bucket: z.array(z.int()),
        lon: z.array(z.number()),
        lat: z.array(z.number()),
        x: z.array(z.number()),
        y: z.array(z.number()),
      }),
    },
    handle: ({ query }, { root }) => chipLayout(root, query.limit),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/gallery/typical',
    tag: 'gallery',
    summary: 'List the chips nearest to a bucket’s centroid, scenes in turn',
    scope: 'read',
    query: z.object({
      bucket: z.coerce.number().int().min(0).max(100_000),
      limit: z.coerce.number().int().min(1).max(200).default(12),
    }),
    answer: { description: 'Chips.', schema: z.object({ chips: z.array(chipViewSchema) }) },
    handle: ({ query }, { root }) => typicalOf(root, query.bucket, query.limit),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/gallery/chips/{scene}/{position}/image',
    tag: 'gallery',
    summary: 'Draw a chip',
    scope: 'read',
    params: z.object({
      scene: idSchema,
      position: z.string().regex(/^\d{1,9}-\d{1,9}$/, 'is no ROW-COLUMN'),
    }),
    answer: { description: 'A picture at the gallery’s GSD.', mediaTypes: ['image/webp'] },
    handle: ({ params, headers, signal }, _context, reply) =>
      images.send(params, { signal, ifNoneMatch: headers['if-none-match'] }, reply),
  }),
  defineRoute({
    method: 'GET',
    url: '/api/gallery/search',
    tag: 'gallery',
    summary: 'Find the chips that look most like a chip, or like a place',
    scope: 'read',
    query: z.object({
      chip: chipSchema.optional(),
      lon: lonSchema.optional(),
      lat: latSchema.optional(),
      limit: z.coerce.number().int().min(1).max(1000).default(50),
      place: z.string().max(200).optional(),
      bucket: z.coerce.number().int().min(0).max(100_000).optional(),
      since: dateSchema.optional(),
      maxDistance: z.coerce.number().int().min(0).max(256).optional(),
    }),
    answer: {
      description: 'Nearest first, with the bits they differ in.',
      schema: z
        .object({
          query: z.object({ kind: z.string(), name: z.string(), code: z.string() }),
          searched: z.int(),
          milliseconds: z.number(),
          chips: z.array(chipViewSchema.extend({ bits: z.int() })),
        })
        .loose(),
    },
    handle({ query: { chip, lon, lat, ...filters }, signal }, { commands }) {
      const place = lon === undefined || lat === undefined ? null : `${lon.toFixed(9)},${lat.toFixed(9)}`;
      const query = chip ?? place;
      if (query === null || (chip !== undefined && place !== null)) {
        throw badRequest('BAD_REQUEST', 'Give either chip, or lon and lat.', 'See /api/openapi.json.');
      }
      return commands.run(['gallery', 'search'], { query, ...filters }, signal).then(withoutPaths);
    },
  }),
  defineRoute({
    method: 'GET',
    url: '/api/gallery/suggest/{application}',
    tag: 'gallery',
    summary: 'Say which buckets and chips to label next, and why',
    scope: 'read',
    params: z.object({ application: idSchema }),
    query: z.object({ budget: z.coerce.number().int().min(1).max(200).default(20) }),
    answer: {
      description: 'As `resflow gallery suggest --json` gives it.',
      schema: z
        .object({
          buckets: z.array(z.object({ bucket: z.int(), gain: z.number() }).loose()),
          chips: z.array(chipViewSchema.extend({ gain: z.number() })),
        })
        .loose(),
    },
    handle: ({ params, query, signal }, { commands }) =>
      commands
        .run(['gallery', 'suggest'], { app: params.application, budget: query.budget }, signal)
        .then(withoutPaths),
  }),
];

const chipsSchema = z.object({ chips: z.array(z.record(z.string(), z.unknown())) }).loose();

/** Where the files of the chips lie is not told. */
function withoutPaths(found: unknown) {
  const { chips, sheet: _s, geojson: _g, ...rest } = chipsSchema.parse(found);
  return { ...rest, chips: chips.map(({ href: _h, ...chip }) => chip) };
}
