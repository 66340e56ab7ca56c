import { z } from 'zod';
import { boxCentre } from '../../geo/lon-lat-box.ts';
import { rampStops } from './colormaps.ts';
import { chooseLook, type LookQuery } from './look.ts';
import type { AskedFormat } from './encode-picture.ts';
import { shortVersion } from './send-picture.ts';
import { rasterPath, type ServedRaster } from './served-raster.ts';

const legendSchema = z.object({ value: z.number(), label: z.string(), color: z.string() });

/** TileJSON 3.0, with what a page needs to draw a legend. */
export const tileJsonSchema = z.object({
  tilejson: z.literal('3.0.0'),
  name: z.string(),
  version: z.string(),
  scheme: z.literal('xyz'),
  tiles: z.array(z.string()),
  minzoom: z.int(),
  maxzoom: z.int(),
  bounds: z.array(z.number()).length(4),
  center: z.array(z.number()).length(3),
  /** Of classes: their values, names and colours. */
  legend: z.array(legendSchema).optional(),
  /** Of quantities: from the low to the high end, colours at even steps. */
  ramp: z.object({ low: z.number(), high: z.number(), colors: z.array(z.string()) }).optional(),
});

/** The TileJSON of a raster under a look, whose tiles may be kept for good. Throws 400 for a look that does not fit. */
export function tileJson(
  raster: ServedRaster,
  {
    origin,
    format,
    look,
    key,
  }: { origin: string; format: AskedFormat; look: LookQuery; key?: string | undefined },
): z.infer<typeof tileJsonSchema> {
  chooseLook(raster.subject, look);
  const [lon, lat] = boxCentre(raster.box);
  const query = lookText({ ...look, v: shortVersion(raster.version), key });
  const { subject } = raster;
  const [low = 0, high = 1] = look.rescale ?? (subject.kind === 'quantity' ? subject.range : []);
  return {
    tilejson: '3.0.0',
    name: raster.title,
    version: '1.0.0',
    scheme: 'xyz',
    tiles: [
      `${origin}/tiles/${rasterPath(raster.name)}/{z}/{x}/{y}${format === 'auto' ? '' : `.${format}`}?${query}`,
    ],
    minzoom: raster.minZoom,
    maxzoom: raster.maxZoom,
    bounds: [...raster.box],
    center: [lon > 180 ? lon - 360 : lon, lat, Math.max(raster.minZoom, raster.maxZoom - 3)],
    ...(subject.kind === 'classes' ? { legend: [...subject.legend] } : {}),
    ...(subject.kind === 'quantity'
      ? { ramp: { low, high, colors: [...rampStops(look.colormap ?? subject.colormap)] } }
      : {}),
  };
}

/** The query of addresses under a look. */
export function lookText(
  query: LookQuery & { readonly v?: string; readonly key?: string | undefined },
): string {
  return Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) => `${name}=${Array.isArray(value) ? value.join() : encodeURIComponent(String(value))}`,
    )
    .join('&');
}
