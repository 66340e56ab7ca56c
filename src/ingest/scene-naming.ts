import { basename, dirname, extname } from 'node:path';
import { slug } from '../core/ids.ts';

/** File names that say nothing: the folder's name is taken instead. */
const PLAIN_NAMES = new Set([
  'image',
  'img',
  'scene',
  'raster',
  'ortho',
  'orthophoto',
  'orthomosaic',
  'rgb',
  'data',
  'tci',
  'visual',
]);

/** The path's parts that may name a scene, the nearest first, without the ending. */
function nameParts(href: string): string[] {
  const path = href.replace(/[?#].*$/, '').replace(/\/+$/, '');
  const parts = [basename(path, extname(path))];
  for (let at = dirname(path); parts.length < 6; at = dirname(at)) {
    const name = basename(at);
    if (name === '' || name === '.' || /^[a-z0-9]+:$/i.test(name) || at === dirname(at)) break;
    parts.push(name);
  }
  return parts;
}

/**
 * An identifier for a source that is not in `taken`: the slug of the name its catalogue gives, else of its file name (of its folder where the file is called
 * image.tif or the like), with more folders in front, then with a number behind, until it is free.
 */
export function nameScene(href: string, given: string | null, taken: ReadonlySet<string>): string {
  const parts = given === null ? nameParts(href) : [given, ...nameParts(href)];
  const skip = PLAIN_NAMES.has((parts[0] ?? '').toLowerCase()) && parts.length > 1 ? 1 : 0;
  const named = parts.slice(skip);
  let id = slug(named[0] ?? '');
  for (let depth = 1; taken.has(id) && depth < Math.min(3, named.length); depth++) {
    id = slug(
      named
        .slice(0, depth + 1)
        .reverse()
        .join('-'),
    );
  }
  const base = id;
  for (let n = 2; taken.has(id); n++) id = `${base}-${n}`;
  return id;
}
