import { z } from 'zod';
import { COLORMAPS, type Colormap } from './colormaps.ts';

/** Numbers separated by commas. */
export const numbers = (most: number) =>
  z
    .string()
    .max(400)
    .transform((text, context) => {
      const list = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
      if (list.length <= most && list.every((value) => Number.isFinite(value))) return list;
      context.addIssue({ code: 'custom', message: `expects up to ${most} numbers, separated by commas` });
      return z.NEVER;
    });

/** The part of a query that says how a raster is drawn. */
export const lookQuerySchema = z.object({
  bands: numbers(3).optional().describe('One or three band numbers, from 1: bands=4,3,2'),
  rescale: numbers(6).optional().describe('LOW,HIGH of the values shown, for all bands or for each'),
  colormap: z
    .enum(COLORMAPS as [Colormap, ...Colormap[]])
    .optional()
    .describe('Colours of a single band'),
  hide: numbers(256).optional().describe('Class values that stay transparent: hide=0'),
});

/** Part of a query that changes no pixel: the version of a TileJSON's addresses. */
export const plainQuerySchema = z.object({
  v: z.string().max(64).optional().describe('Version of the raster; with it answers may be kept for good'),
});

/** The key of a client that cannot send headers, to be handed on in addresses. */
export const keyQuerySchema = z.object({ key: z.string().max(200).optional() });
