import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { writeFileAtomic } from '../../core/atomic-file.ts';
import { digestOf } from '../../core/digest.ts';
import { intersectWindows, type Window } from '../../geo/window.ts';
import type { BlockData, BlockType, PixelBlock } from '../../raster/pixel-block.ts';
import { openSceneReader } from '../../raster/scene-reader.ts';
import { previewsFolder } from '../../workspace/layout.ts';
import { sceneGrid, sceneSource } from '../../workspace/scene-grid.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import type { RasterSource, SourcePixels } from './raster-source.ts';

/** A raster whose smallest level is wider or higher than this is too slow to be shown whole. */
const SMALL_ENOUGH = 4096;
/** Longer side of a preview. */
const PREVIEW_PIXELS = 2048;
/** Previews kept in memory, of all scenes. */
const KEPT = 12;

/** Previews by what decides them, those used last at the end. */
const kept = new Map<string, Promise<PixelBlock>>();

/**
 * A scene whose file has no overviews (or none small enough) gets one more level: a preview of at most 2048 pixels a side,
 * made by area averaging when it is first needed, with one reading of the whole file in little memory. It is kept in
 * memory and under `server/previews`; `version` changes with the file.
 */
export function withPreview(
  source: RasterSource,
  item: SceneItem,
  { root, version }: { readonly root: string; readonly version: string },
): RasterSource {
  const smallest = source.levels.at(-1);
  if (smallest === undefined || Math.max(smallest.width, smallest.height) <= SMALL_ENOUGH) return source;
  const { width, height } = source.frame;
  const { 'resflow:gsd_columns': columns, 'resflow:gsd_rows': rows } = item.properties;
  // Square on the ground; the grid is the one that the preview is read on.
  const grid = sceneGrid(item, (Math.max(width, height) / PREVIEW_PIXELS) * Math.max(columns, rows));
  const last = source.levels.length;
  return {
    frame: source.frame,
    levels: [...source.levels, { width: grid.width, height: grid.height }],
    async read(level, window, bands) {
      if (level < last) return source.read(level, window, bands);
      const key = digestOf(['preview', 1, version, grid, bands]);
      const file = join(previewsFolder(root), `${key}.bin`);
      return cut(await preview(key, () => loadOrMake(file, item, { grid, bands })), window);
    },
  };
}

function preview(key: string, make: () => Promise<PixelBlock>): Promise<PixelBlock> {
  const known = kept.get(key) ?? make();
  kept.delete(key);
  kept.set(key, known);
  known.catch(() => kept.delete(key));
  for (const oldest of [...kept.keys()].slice(0, -KEPT)) kept.delete(oldest);
  return known;
}

interface Asked {
  readonly grid: ReturnType<typeof sceneGrid>;
  readonly bands: readonly number[];
}

async function loadOrMake(file: string, item: SceneItem, { grid, bands }: Asked): Promise<PixelBlock> {
  const window = { x: 0, y: 0, width: grid.width, height: grid.height };
  const loaded = await load(file, window, bands.length).catch(() => null);
  if (loaded !== null) return loaded;
  const reader = await openSceneReader(sceneSource(item, bands), grid);
  try {
    const block = await reader.read(window);
    // A workspace that cannot be written to has its previews in memory alone.
    await save(file, block).catch(() => undefined);
    return block;
  } finally {
    reader.close();
  }
}

function cut({ window: whole, bands, data, valid }: PixelBlock, asked: Window): SourcePixels {
  const window = intersectWindows(asked, whole);
  const { width, height } = asked;
  const cutOf = <T extends BlockData>(from: T, offset: number, to: T): T => {
    if (window === null) return to;
    for (let y = window.y; y < window.y + window.height; y += 1) {
      const start = offset + y * whole.width + window.x;
      to.set(from.subarray(start, start + window.width), (y - asked.y) * width + window.x - asked.x);
    }
    return to;
  };
  const size = width * height;
  return {
    bands: Array.from({ length: bands }, (_, b) =>
      cutOf(data, b * whole.width * whole.height, emptyOf(data, size)),
    ),
    valid: cutOf(valid, 0, new Uint8Array(size)),
  };
}

const emptyOf = (data: BlockData, size: number): BlockData =>
  data instanceof Uint8Array
    ? new Uint8Array(size)
    : data instanceof Uint16Array
      ? new Uint16Array(size)
      : data instanceof Int16Array
        ? new Int16Array(size)
        : new Float32Array(size);

const TYPES: readonly BlockType[] = ['uint8', 'uint16', 'int16', 'float32'];
const SAMPLE_BYTES = { uint8: 1, uint16: 2, int16: 2, float32: 4 } as const;
const HEAD_BYTES = 8;
const [deflated, inflated] = [promisify(deflate), promisify(inflate)];

/** One byte for the type, seven of nothing; then samples and validity, compressed. */
async function save(file: string, { type, data, valid }: PixelBlock): Promise<void> {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(TYPES.indexOf(type), 0);
  const samples = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  const body = await deflated(Buffer.concat([samples, valid]), { level: 1 });
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, Buffer.concat([head, body]));
}

/** null where what is there is not what is looked for. */
async function load(file: string, window: Window, bands: number): Promise<PixelBlock | null> {
  const bytes = await readFile(file);
  const type = TYPES[bytes.readUInt8(0)];
  if (type === undefined) return null;
  // A copy of its own, so that samples of any width lie where they may.
  const body = Uint8Array.from(await inflated(bytes.subarray(HEAD_BYTES)));
  const samples = window.width * window.height * bands;
  const end = samples * SAMPLE_BYTES[type];
  if (body.length !== end + window.width * window.height) return null;
  return { window, bands, type, data: samplesOf(type, body.buffer, samples), valid: body.subarray(end) };
}

function samplesOf(type: BlockType, buffer: ArrayBuffer, count: number): BlockData {
  if (type === 'uint8') return new Uint8Array(buffer, 0, count);
  if (type === 'uint16') return new Uint16Array(buffer, 0, count);
  return type === 'int16' ? new Int16Array(buffer, 0, count) : new Float32Array(buffer, 0, count);
}
