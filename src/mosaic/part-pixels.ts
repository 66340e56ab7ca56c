import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import type { Window } from '../geo/window.ts';
import type { Store } from '../storage/store.ts';
import { PartFiles } from './part-files.ts';
import type { BlockTable } from './part-format.ts';

const inflated = promisify(inflate);

export interface PartPixels {
  /** On the scene's grid. */
  readonly window: Window;
  /** By layer name, (height, width) of the window, uint8. */
  readonly layers: Readonly<Record<string, { readonly noData: number; readonly data: Uint8Array }>>;
}

/** The pixels of a part's region at full size. Throws PART_DAMAGED. */
export async function readPartPixels(store: Store, key: string): Promise<PartPixels> {
  const files = new PartFiles(store);
  try {
    const index = await files.index(key);
    const layers: Record<string, { noData: number; data: Uint8Array }> = {};
    for (const { name, noData, levels } of index.layers) {
      const [base] = levels;
      if (base === undefined) throw new Error('a part without its base');
      const blocks = { files, key, side: index.blockPixels, noData };
      layers[name] = { noData, data: await basePixels(base, index.window, blocks) };
    }
    return { window: index.window, layers };
  } finally {
    await files.close();
  }
}

async function basePixels(
  { column, row, columns, rows, entries }: BlockTable,
  window: Window,
  { files, key, side, noData }: { files: PartFiles; key: string; side: number; noData: number },
): Promise<Uint8Array> {
  const data = new Uint8Array(window.width * window.height).fill(noData);
  for (let at = 0; at < columns * rows; at += 1) {
    const [offset = 0, length = 0, crc = 0] = entries.slice(3 * at, 3 * at + 3);
    if (length === 0) continue;
    const block = await inflated(await files.read(key, { offset, length, crc }));
    const x = (column + (at % columns)) * side - window.x;
    const y = (row + Math.floor(at / columns)) * side - window.y;
    const width = Math.min(side, window.width - x);
    for (let line = 0; line < Math.min(side, window.height - y); line += 1)
      data.set(block.subarray(line * side, line * side + width), (y + line) * window.width + x);
  }
  return data;
}
