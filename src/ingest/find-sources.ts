import { stat } from 'node:fs/promises';
import { inputError, toResflowError } from '../core/errors.ts';
import { gdalPath, isRemote, isVirtual } from '../raster/gdal-path.ts';
import { expandGlob, isGlob, rastersBelow } from './local-files.ts';
import { plainSource, stacSources, type SceneSource, type FoundSources } from './stac-sources.ts';

/**
 * The rasters that files, folders, globs, http(s) and s3 addresses and STAC documents stand for, each once, in a fixed
 * order. What leads nowhere is listed among the problems.
 */
export async function findSources(paths: readonly string[]): Promise<FoundSources> {
  const sources = new Map<string, SceneSource>();
  const problems: FoundSources['problems'] = [];
  for (const path of paths) {
    try {
      const found = await expand(path);
      for (const source of found.sources) if (!sources.has(source.href)) sources.set(source.href, source);
      problems.push(...found.problems);
    } catch (error) {
      problems.push({ path, error: toResflowError(error) });
    }
  }
  return { sources: [...sources.values()], problems };
}

async function expand(path: string): Promise<FoundSources> {
  if (await isStac(path)) return stacSources(path);
  if (isRemote(path) || isVirtual(path)) return only([path]);
  const local = gdalPath(path);
  const found = await stat(local).catch(() => null);
  if (found?.isDirectory()) return some(path, await rastersBelow(local), 'holds no raster files');
  if (found === null && isGlob(path)) return some(path, await expandGlob(path), 'matches no raster files');
  return only([local]);
}

/** STAC documents by their ending; addresses without one (those of a STAC API) by what the server says they are. */
async function isStac(path: string): Promise<boolean> {
  if (/\.(json|geojson)([?#].*)?$/i.test(path)) return true;
  const address = path.replace(/[?#].*$/, '');
  if (!/^https?:\/\//i.test(address) || /\/[^/]+\.[a-z0-9]+$/i.test(address)) return false;
  const head = await fetch(path, { method: 'HEAD', signal: AbortSignal.timeout(30_000) }).catch(() => null);
  return /json/i.test(head?.headers.get('content-type') ?? '');
}

const only = (files: string[]): FoundSources => ({ sources: files.map(plainSource), problems: [] });

function some(path: string, files: string[], what: string): FoundSources {
  if (files.length > 0) return only(files);
  throw inputError('NO_SOURCES', `${path} ${what}.`, {
    hint: 'Files with other endings can be named one by one.',
    context: { path },
  });
}
