import { z } from 'zod';
import type { LonLatBox } from '../../geo/lon-lat-box.ts';
import { numbers } from '../tiles/look-schema.ts';
import type { EntryPlace } from './stac-entry.ts';

const MOST_ITEMS = 1000;
const DEFAULT_ITEMS = 10;

/** Four numbers, or six with heights, which are left aside; west may be greater than east. */
const box = (values: readonly number[]): LonLatBox | null => {
  const flat = values.length === 6 ? [values[0], values[1], values[3], values[4]] : values;
  const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = flat;
  const inside =
    [west, east].every((lon) => Math.abs(lon) <= 180) && [south, north].every((lat) => Math.abs(lat) <= 90);
  return flat.length === 4 && inside && south <= north ? [west, south, east, north] : null;
};

/** `null` becomes a complaint of the schema. */
const given = <In, Out>(schema: z.ZodType<In>, make: (value: In) => Out | null, complaint: string) =>
  schema.transform((value, context) => {
    const made = make(value);
    if (made !== null) return made;
    context.addIssue({ code: 'custom', message: complaint });
    return z.NEVER;
  });

const BOX = 'is no west,south,east,north in degrees';
const datetime = given(
  z.string().max(100),
  interval,
  'is no RFC 3339 time, nor two with a slash between (.. for an open end)',
);
const token = given(z.string().max(400), placeOf, 'is none that a page gave');
const limit = z.coerce
  .number()
  .int()
  .min(1)
  .transform((value) => Math.min(value, MOST_ITEMS))
  .default(DEFAULT_ITEMS);

/** Times from and to, in milliseconds. */
export function interval(text: string): [number, number] | null {
  const [from = '', to = from, ...rest] = text.split('/');
  const time = (part: string, open: number) => (part === '' || part === '..' ? open : rfc3339(part));
  const whole = text.includes('/');
  const span: [number, number] = [
    time(from, whole ? -Infinity : Number.NaN),
    time(to, whole ? Infinity : Number.NaN),
  ];
  const open = span[0] === -Infinity && span[1] === Infinity;
  return rest.length === 0 && !open && span[0] <= span[1] ? span : null;
}

const rfc3339 = (text: string): number =>
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(text)
    ? Date.parse(text)
    : Number.NaN;

const words = z
  .string()
  .max(20_000)
  .transform((text) => text.split(',').filter((word) => word !== ''));

/** A page's place as a token, and back. */
export const tokenOf = ({ collection, id }: EntryPlace): string => `${collection}:${id}`;

function placeOf(text: string): EntryPlace | null {
  const [collection, id, ...rest] = text.split(':');
  return collection && id && rest.length === 0 ? { collection, id } : null;
}

/** Search as a query of an address. */
export const searchQuerySchema = z.object({
  ids: words.optional(),
  collections: words.optional(),
  bbox: given(numbers(6), box, BOX).optional(),
  datetime: datetime.optional(),
  intersects: given(z.string().max(100_000), geometryText, 'is no GeoJSON geometry').optional(),
  limit,
  token: token.optional(),
  key: z.string().max(200).optional(),
});

export const itemsQuerySchema = searchQuerySchema.pick({
  bbox: true,
  datetime: true,
  limit: true,
  token: true,
  key: true,
});

const geometry = z.looseObject({ type: z.string().max(40) });

/** Search as a JSON body. */
export const searchBodySchema = z.object({
  ids: z.array(z.string().max(400)).max(10_000).optional(),
  collections: z.array(z.string().max(400)).max(1000).optional(),
  bbox: given(z.array(z.number()).max(6), box, BOX).optional(),
  datetime: datetime.optional(),
  intersects: geometry.optional(),
  limit,
  token: token.optional(),
});

function geometryText(text: string): { type: string } | null {
  try {
    const parsed = geometry.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
