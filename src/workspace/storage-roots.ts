import { realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { contractError } from '../core/errors.ts';
import { gdalPath, isRemote, isVirtual } from '../raster/gdal-path.ts';
import type { SceneItem } from './scene-record.ts';

/** Folders and address prefixes from RESFLOW_STORAGE_ROOTS, separated by spaces; null: a worker may read what scenes name. */
export function storageRoots(env: Readonly<Record<string, string | undefined>>): readonly string[] | null {
  const text = env['RESFLOW_STORAGE_ROOTS']?.trim();
  return text === undefined || text === '' ? null : text.split(/\s+/);
}

/**
 * Refuses a scene any file of which lies outside the roots that a worker was given: the file itself, and those that a VRT
 * or a sidecar brings in. Links are followed first. Throws contract error SOURCE_NOT_ALLOWED.
 */
export async function checkStorageRoots(item: SceneItem, roots: readonly string[] | null): Promise<void> {
  if (roots === null) return;
  const resolved = await Promise.all(roots.map(placeOf));
  const source = item.properties['resflow:source'];
  const hrefs = [item.assets.image.href, source.href, ...(source.parts ?? []).map(({ href }) => href)];
  for (const href of new Set(hrefs)) {
    const place = await placeOf(href);
    const climbs = isRemote(href) && /\/\.{1,2}(\/|$)/.test(decoded(href));
    if (!climbs && resolved.some((root) => place === root || place.startsWith(root))) continue;
    throw contractError(
      'SOURCE_NOT_ALLOWED',
      `Scene '${item.id}' is read from ${href}, which is outside the storage that this worker may read.`,
      {
        hint: 'RESFLOW_STORAGE_ROOTS, set where the worker runs, lists that storage; add the folder or prefix there.',
        context: { scene: item.id, file: href, roots },
      },
    );
  }
}

/** As a server reads it, so that a way up cannot hide; what is no encoding stays as it is. */
function decoded(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}

/** An address, or a path without links, as a prefix of what lies below it. */
async function placeOf(href: string): Promise<string> {
  if (isRemote(href)) return href.endsWith('/') ? href : `${href}/`;
  if (isVirtual(href)) return href;
  const path = await realpath(gdalPath(href)).catch(() => gdalPath(href));
  return path.endsWith(sep) ? path : `${path}${sep}`;
}
