import { access, open } from 'node:fs/promises';
import { extname } from 'node:path';
import { gdal } from './gdal.ts';
import { gdalPath, isRemote, isVirtual } from './gdal-path.ts';

/** VRTs of VRTs are followed this deep. */
const MOST_LEVELS = 8;

/** What GDAL reads beside a file of any format; statistics (`.aux.xml`) are left out, since viewers write them. */
const SIDECARS = ['.msk', '.ovr'];
/** A Shapefile is several files. */
const SHAPEFILE = ['.dbf', '.shx', '.prj', '.cpg'];

/** The other files that a source is read from, sorted: those that it names, if it is a VRT or the like, and sidecars. */
export async function partsOf(href: string): Promise<string[]> {
  const found = new Set<string>([gdalPath(href)]);
  let level = [gdalPath(href)];
  for (let depth = 0; depth <= MOST_LEVELS && level.length > 0; depth++) {
    const next: string[] = [];
    for (const path of level) {
      for (const part of [...(await namedFiles(path)), ...(await sidecars(path))]) {
        if (found.has(part)) continue;
        found.add(part);
        next.push(part);
      }
    }
    level = next;
  }
  found.delete(gdalPath(href));
  return [...found].sort();
}

/** The files that a list of files names, as GDAL gives them; none where the file is no list or cannot be opened. */
async function namedFiles(path: string): Promise<string[]> {
  if (!(await isList(path))) return [];
  try {
    const dataset = await gdal.openAsync(path, 'r');
    try {
      return dataset.getFileList().filter((file) => !file.endsWith('.aux.xml'));
    } finally {
      dataset.close();
    }
  } catch {
    // Whoever reads the source gets the reason.
    return [];
  }
}

const LIST_HEAD = /^\s*(?:<\?xml[^>]*>\s*)?<(?:OGR)?VRTData/;

/** VRTs by their head (by their name, where they are far away), and GDAL's names of parts of a file. */
async function isList(path: string): Promise<boolean> {
  if (isRemote(path) || path.startsWith('/vsi')) return /\.vrt([?#].*)?$/i.test(path);
  if (isVirtual(path)) return true;
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(256), 0, 256, 0);
    return LIST_HEAD.test(buffer.toString('utf8', 0, bytesRead).replace(/^\uFEFF/, ''));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}

async function sidecars(path: string): Promise<string[]> {
  if (isRemote(path) || isVirtual(path)) return [];
  const ending = extname(path);
  const names = [
    ...SIDECARS.map((more) => path + more),
    ...(ending.toLowerCase() === '.shp'
      ? SHAPEFILE.map((other) => path.slice(0, -ending.length) + other)
      : []),
  ];
  const there = await Promise.all(
    names.map((name) =>
      access(name).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_, i) => there[i]);
}
