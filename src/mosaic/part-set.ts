import { contractError } from '../core/errors.ts';
import { InOrder } from '../core/in-order.ts';
import { describeWindow } from '../geo/window.ts';
import { planOverviews } from '../raster/overview-plan.ts';
import { LevelDirectory, NOBODY } from './block-directory.ts';
import type { LayerSpec } from './layer.ts';
import type { BlockTable, PartIndex, PartLayer } from './part-format.ts';
import type { PartFiles } from './part-files.ts';
import { partDamaged } from './read-part.ts';

/** Parts being read at the same time. */
const READING_LIMIT = 16;

export interface PartSetShape {
  readonly grid: { readonly width: number; readonly height: number };
  readonly blockPixels: number;
}

export interface IndexedPart {
  /** Where it lies in the store, and for people. */
  readonly key: string;
  readonly path: string;
  readonly index: PartIndex;
}

/** Reads the index of every part, in the order given. Throws PART_DAMAGED, PART_VERSION or PART_MISMATCH. */
export async function readParts(
  files: PartFiles,
  keys: readonly string[],
  shape: PartSetShape,
): Promise<IndexedPart[]> {
  const parts: IndexedPart[] = [];
  const queue = new InOrder<PartIndex>(READING_LIMIT);
  const take = (key: string) => (index: PartIndex) => {
    const path = files.addressOf(key);
    const { width, height } = index.grid;
    if (
      width !== shape.grid.width ||
      height !== shape.grid.height ||
      index.blockPixels !== shape.blockPixels
    ) {
      throw mismatch(path, `is of a ${width}x${height} grid in blocks of ${index.blockPixels} pixels`, shape);
    }
    parts.push({ key, path, index });
    return Promise.resolve();
  };
  for (const key of keys) await queue.add(files.index(key), take(key));
  await queue.drain();
  return parts;
}

const mismatch = (path: string, problem: string, { grid, blockPixels }: PartSetShape) =>
  contractError(
    'PART_MISMATCH',
    `Part file ${path} ${problem}; the map has ${grid.width}x${grid.height} pixels in blocks of ${blockPixels}.`,
    { hint: 'The part belongs to another map. Run this one again with `--fresh`.', context: { file: path } },
  );

/** One layer of all parts: who completed which block of which level, and each part's share in the level above its last. */
export interface LayerParts {
  readonly levels: readonly LevelDirectory[];
  readonly shares: readonly (BlockTable | null)[];
}

/**
 * Joins a layer of all parts into one directory, base first. Throws PARTS_OVERLAP where two parts hold one block,
 * PARTS_MISSING where none does, PART_MISMATCH where a part lacks the layer or holds it in another form.
 */
export function joinLayer(parts: readonly IndexedPart[], spec: LayerSpec, shape: PartSetShape): LayerParts {
  const levels = planOverviews(shape.grid.width, shape.grid.height, shape.blockPixels).map(
    (size) => new LevelDirectory(size),
  );
  const shares: (BlockTable | null)[] = [];
  parts.forEach((part, owner) => {
    const layer = layerOf(part, spec, shape);
    for (const table of layer.levels) addTable(levels, table, { parts, owner });
    shares.push(layer.share);
  });
  checkCovered(levels[0], shape);
  return { levels, shares };
}

function layerOf(part: IndexedPart, spec: LayerSpec, shape: PartSetShape): PartLayer {
  const layer = part.index.layers.find(({ name }) => name === spec.name);
  if (layer === undefined) throw mismatch(part.path, `has no layer ${spec.name}`, shape);
  if (layer.kind !== spec.kind || layer.noData !== spec.noData) {
    throw mismatch(part.path, `holds layer ${spec.name} in another form (kind or no-data)`, shape);
  }
  return layer;
}

function addTable(
  levels: readonly LevelDirectory[],
  table: BlockTable,
  { parts, owner }: { parts: readonly IndexedPart[]; owner: number },
): void {
  const part = parts[owner];
  const level = levels[table.level];
  const fits =
    level !== undefined &&
    table.column + table.columns <= level.size.columns &&
    table.row + table.rows <= level.size.rows;
  if (part === undefined || !fits) throw partDamaged(part?.path ?? '', 'holds blocks outside the grid');
  for (let at = 0; at < table.columns * table.rows; at++) {
    const row = table.row + Math.floor(at / table.columns);
    const index = row * level.size.columns + table.column + (at % table.columns);
    const other = level.owners[index] ?? NOBODY;
    if (other !== NOBODY) throw overlap(part, parts[other]);
    const [offset = 0, length = 0, crc = 0] = table.entries.slice(3 * at, 3 * at + 3);
    level.set(index, owner, { offset, length, crc });
  }
}

const overlap = (part: IndexedPart, other: IndexedPart | undefined) =>
  contractError(
    'PARTS_OVERLAP',
    `Part files ${other?.path ?? ''} (${other ? describeWindow(other.index.window) : ''}) and ${part.path} (${describeWindow(part.index.window)}) hold the same blocks.`,
    { hint: 'Give each region of one plan once.', context: { files: [other?.path ?? '', part.path] } },
  );

function checkCovered(base: LevelDirectory | undefined, { blockPixels }: PartSetShape): void {
  if (base === undefined) return;
  const missing = base.owners.indexOf(NOBODY);
  if (missing < 0) return;
  const blocks = base.owners.reduce((sum, owner) => sum + Number(owner === NOBODY), 0);
  const column = (missing % base.size.columns) * blockPixels;
  const row = Math.floor(missing / base.size.columns) * blockPixels;
  throw contractError(
    'PARTS_MISSING',
    `The part files do not cover the map: ${blocks} of ${base.owners.length} blocks are missing, the first at column ${column}, row ${row}.`,
    {
      hint: 'Finish the missing regions first: `resflow map resume RUN`.',
      context: { actual: base.owners.length - blocks, limit: base.owners.length },
    },
  );
}
