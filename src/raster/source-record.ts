import { z } from 'zod';

/** How a scene says which pixels hold nothing. `colour` is given by the user; tolerance in the bands' own units. */
export const noDataRuleSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('none') }),
  z.object({ kind: z.literal('value'), values: z.array(z.union([z.number(), z.literal('nan'), z.null()])) }),
  z.object({ kind: z.literal('mask') }),
  z.object({ kind: z.literal('alpha'), band: z.int().positive() }),
  z.object({
    kind: z.literal('colour'),
    colour: z.array(z.number()).min(1),
    tolerance: z.number().nonnegative(),
  }),
]);
export type NoDataRule = z.infer<typeof noDataRuleSchema>;

const fileIdentitySchema = z.object({
  href: z.string(),
  size: z.int().nonnegative().nullable(),
  modified: z.string().nullable(),
  etag: z.string().nullable(),
  sha256: z.string().nullable(),
});
/** What tells one file from a later one at its address. `sha256` covers the first and last 64 KiB. */
export type FileIdentity = z.infer<typeof fileIdentitySchema>;

/**
 * What is remembered of a source, to notice that it was replaced. `parts`: the other files that it is read from (those a
 * VRT names, sidecar masks and overviews); absent in records of before they were kept.
 */
export const sourceIdentitySchema = fileIdentitySchema.extend({
  parts: z.array(fileIdentitySchema).optional(),
});
export type SourceIdentity = z.infer<typeof sourceIdentitySchema>;

/** An identity without times: what decides the bytes. */
export const withoutTimes = (identity: SourceIdentity): SourceIdentity => ({
  ...identity,
  modified: null,
  ...(identity.parts === undefined
    ? {}
    : {
        parts: identity.parts.map((part) => ({
          ...part,
          modified: part.sha256 === null ? part.modified : null,
        })),
      }),
});

export const SAMPLE_TYPES = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'uint64',
  'int64',
  'float32',
  'float64',
] as const;
export type SampleType = (typeof SAMPLE_TYPES)[number];
