import { stat } from 'node:fs/promises';
import { inputError, type ResflowError, toResflowError } from '../core/errors.ts';
import { gdalPath, isRemote, isVirtual } from '../raster/gdal-path.ts';
import { expandGlob, isGlob, rastersBelow } from './local-files.ts';
import { plainSource, stacSources, type SceneSource } from './stac-sources.ts';

export interface FoundSources {
  /** Each raster once, in a fixed order. */
  readonly sources: SceneSource[];
  readonly problems: { readonly path: string; readonly error: ResflowError }[];
}

/**
 * The rasters that files, folders, globs, http(s) and s3 addresses and STAC documents stand for. What leads nowhere is
 * listed among the problems.
 */
export async function findSources(paths: readonly string[]): Promise<FoundSources> {
  const sources = new Map<string, SceneSource>();
  const problems: FoundSources['problems'] = [];
  for (const path of paths) {
    try {
      for (const source of await expand(path))
        if (!sources.has(source.href)) sources.set(source.href, source);
    } catch (error) {
      problems.push({ path, error: toResflowError(error) });
    }
  }
  return { sources: [...sources.values()], problems };
}

async function expand(path: string): Promise<SceneSource[]> {
  if (/\.(json|geojson)([?#].*)?$/i.test(path)) return stacSources(path);
  if (isRemote(path) || isVirtual(path)) return [plainSource(path)];
  const local = gdalPath(path);
  const found = await stat(local).catch(() => null);
  if (found?.isDirectory()) return some(path, await rastersBelow(local), 'holds no raster files');
  if (found !== null) return [plainSource(local)];
  if (isGlob(path)) return some(path, await expandGlob(path), 'matches no raster files');
  return [plainSource(local)];
}

function some(path: string, files: string[], what: string): SceneSource[] {
  if (files.length > 0) return files.map(plainSource);
  throw inputError('NO_SOURCES', `${path} ${what}.`, {
    hint: 'Files with other endings can be named one by one.',
    context: { path },
  });
}
