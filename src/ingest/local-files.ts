import { readdir } from 'node:fs/promises';
import { extname, join, relative, resolve, sep } from 'node:path';

/** Endings of files that are taken for rasters when a folder is added. */
const RASTER_ENDINGS = new Set([
  '.tif',
  '.tiff',
  '.gtiff',
  '.jp2',
  '.j2k',
  '.vrt',
  '.ntf',
  '.nitf',
  '.img',
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.sid',
  '.ecw',
  '.bil',
  '.dt2',
]);

const isRaster = (name: string): boolean => RASTER_ENDINGS.has(extname(name).toLowerCase());

/** All raster files below a folder, sorted by path; hidden files and folders are left out. */
export async function rastersBelow(folder: string): Promise<string[]> {
  const files = await filesBelow(folder);
  return files.filter(isRaster);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else files.push(path);
  }
  return files;
}

export const isGlob = (path: string): boolean => /[*?[{]/.test(path);

/** The files a glob matches, sorted: `*` and `?` within a name, `**` across folders, `[abc]`, `{a,b}`. */
export async function expandGlob(pattern: string): Promise<string[]> {
  const parts = resolve(pattern).split(sep);
  const firstWild = parts.findIndex(isGlob);
  const root = parts.slice(0, firstWild).join(sep) || sep;
  const matches = globExpression(parts.slice(firstWild).join('/'));
  const files = await filesBelow(root).catch(() => []);
  return files.filter((file) => matches.test(relative(root, file).split(sep).join('/')));
}

/** The regular expression of a glob with forward slashes. */
export function globExpression(glob: string): RegExp {
  let depth = 0;
  const source = glob.replace(/\*\*\/|\*\*|\*|\?|\[!?[^\]]*\]|[{},]|[.+^$()|\\]/g, (token) => {
    if (token === '**/') return '(?:[^/]+/)*';
    if (token === '**') return '.*';
    if (token === '*') return '[^/]*';
    if (token === '?') return '[^/]';
    if (token.startsWith('[') && token.length > 1)
      return token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\');
    if (token === '{') return depth++ >= 0 ? '(?:' : '';
    if (token === '}' && depth > 0) return depth-- > 0 ? ')' : '';
    if (token === ',') return depth > 0 ? '|' : ',';
    return `\\${token}`;
  });
  return new RegExp(`^${source}${')'.repeat(depth)}$`);
}
