import { z } from 'zod';
import { ID_PATTERN } from '../core/ids.ts';

/** A record's name, as a part of an address. */
export const idSchema = z.string().regex(ID_PATTERN, 'is no name of a record');

const degrees = (limit: number) => z.number().min(-limit).max(limit);

/** West, south, east, north in degrees; west > east where it crosses the antimeridian. */
export const bboxSchema = z
  .tuple([degrees(180), degrees(90), degrees(180), degrees(90)])
  .refine(([, south, , north]) => south <= north, 'south is north of north');

/** The same as text: `west,south,east,north`. */
export const bboxTextSchema = z
  .string()
  .max(200)
  .transform((text) => text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part))))
  .pipe(bboxSchema);

/** Longitude and latitude as parts of a query. */
export const lonSchema = z.coerce.number().min(-180).max(180);
export const latSchema = z.coerce.number().min(-90).max(90);

/** GeoJSON, not looked into. */
export const geometrySchema = z.object({ type: z.string(), coordinates: z.array(z.unknown()) });
