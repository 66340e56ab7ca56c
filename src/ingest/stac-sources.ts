import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { inputError, toResflowError, type ResflowError } from '../core/errors.ts';
import { gdalPath } from '../raster/gdal-path.ts';
import { isoDate } from './acquisition-time.ts';

const bandSchema = z.object({
  'eo:common_name': z.string().optional(),
  common_name: z.string().optional(),
  name: z.string().optional(),
});

const assetSchema = z.object({
  href: z.string(),
  type: z.string().optional(),
  roles: z.array(z.string()).optional(),
  bands: z.array(bandSchema).optional(),
  'eo:bands': z.array(bandSchema).optional(),
});
type Asset = z.infer<typeof assetSchema>;

const itemSchema = z.object({
  type: z.literal('Feature'),
  id: z.string(),
  properties: z.object({ datetime: z.string().nullable().optional() }).loose(),
  assets: z.record(z.string(), assetSchema),
});
type Item = z.infer<typeof itemSchema>;

const documentSchema = z.union([
  itemSchema,
  z.object({ type: z.literal('FeatureCollection'), features: z.array(itemSchema) }),
]);

/** A raster to add, and what the catalogue that named it says of it. */
export interface SceneSource {
  readonly href: string;
  readonly id: string | null;
  readonly date: string | null;
  readonly bands: readonly string[] | null;
}

/** Rasters to add, and what led to none. */
export interface FoundSources {
  readonly sources: SceneSource[];
  readonly problems: { readonly path: string; readonly error: ResflowError }[];
}

export const plainSource = (href: string): SceneSource => ({ href, id: null, date: null, bands: null });

/**
 * The images of a STAC Item or ItemCollection, local or by http(s): of each Item the asset `image`, `visual` or `data`,
 * or the only one that is a raster with the role `data`; Items without (STAC_NO_IMAGE) are among the problems.
 * Throws input errors NOT_STAC, STAC_NOT_IN_S3, FILE_NOT_FOUND.
 */
export async function stacSources(address: string): Promise<FoundSources> {
  const parsed = documentSchema.safeParse(await readJson(address));
  if (!parsed.success) {
    throw inputError(
      'NOT_STAC',
      `${address} is neither a STAC Item nor an ItemCollection: ${z.prettifyError(parsed.error)}`,
      {
        hint: 'Give the Item itself (a Feature with `assets`), or the image files.',
        context: { file: address },
      },
    );
  }
  const items = parsed.data.type === 'Feature' ? [parsed.data] : parsed.data.features;
  const found: FoundSources = { sources: [], problems: [] };
  for (const item of items) {
    try {
      found.sources.push(sourceOf(item, address));
    } catch (error) {
      found.problems.push({ path: `${address} (${item.id})`, error: toResflowError(error) });
    }
  }
  return found;
}

function sourceOf(item: Item, address: string): SceneSource {
  const asset = chooseAsset(item, address);
  const names = (asset.bands ?? asset['eo:bands'] ?? []).map(
    (b) => b['eo:common_name'] ?? b.common_name ?? b.name ?? '',
  );
  const named =
    names.length > 0 && names.every((name) => name !== '') && new Set(names).size === names.length;
  return {
    href: absolute(asset.href, address),
    id: item.id,
    date: isoDate(item.properties.datetime ?? undefined),
    bands: named ? names : null,
  };
}

function chooseAsset(item: Item, address: string): Asset {
  for (const key of ['image', 'visual', 'data']) {
    const asset = item.assets[key];
    if (asset !== undefined) return asset;
  }
  const rasters = Object.values(item.assets).filter(isImage);
  const data = rasters.filter((asset) => asset.roles?.includes('data') ?? false);
  const [only, second] = data.length > 0 ? data : rasters;
  if (only !== undefined && second === undefined) return only;
  throw inputError(
    'STAC_NO_IMAGE',
    `${address}: Item '${item.id}' has ${rasters.length} raster assets and none called image, visual or data.`,
    {
      hint: 'Stack its bands into one raster (gdalbuildvrt -separate OUT.vrt BAND...), and add that.',
      context: { file: address, item: item.id, assets: Object.keys(item.assets).slice(0, 20) },
    },
  );
}

function isImage(asset: Asset): boolean {
  if (asset.roles?.some((role) => role === 'thumbnail' || role === 'overview' || role === 'metadata'))
    return false;
  return (
    /^image\/(tiff|jp2|vnd)|nitf/.test(asset.type ?? '') ||
    /\.(tiff?|jp2|vrt|ntf)([?#].*)?$/i.test(asset.href)
  );
}

/** An asset's address, relative ones taken from where the document lies. */
function absolute(href: string, address: string): string {
  if (/^(https?|s3):\/\//i.test(href) || href.startsWith('/')) return href;
  if (/^file:\/\//i.test(href)) return fileURLToPath(href);
  if (/^https?:\/\//i.test(address)) return new URL(href, address).href;
  return resolve(dirname(gdalPath(address)), href);
}

async function readJson(address: string): Promise<unknown> {
  if (/^s3:\/\//i.test(address)) {
    throw inputError(
      'STAC_NOT_IN_S3',
      `${address}: STAC documents are read from files and by http(s) only.`,
      {
        hint: 'Copy the document here, or give its http(s) address; the images that it names may lie in S3.',
        context: { file: address },
      },
    );
  }
  const fail = (why: string, cause?: unknown) =>
    inputError('FILE_NOT_FOUND', `${address} cannot be read: ${why}.`, {
      hint: 'Check the address and its permissions.',
      context: { file: address },
      cause,
    });
  let text: string;
  try {
    if (/^https?:\/\//i.test(address)) {
      const response = await fetch(address, { signal: AbortSignal.timeout(30_000) });
      if (!response.ok) throw fail(`the server answered ${response.status}`);
      text = await response.text();
    } else text = await readFile(gdalPath(address), 'utf8');
  } catch (error) {
    throw fail(error instanceof Error ? error.message : String(error), error);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw inputError(
      'NOT_STAC',
      `${address} is not JSON: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: 'Give a STAC Item or ItemCollection, or the image files.',
        context: { file: address },
      },
    );
  }
}
