import type { Window } from '../geo/window.ts';

/** Sample types pixels are handed on in; wider source types become float32. */
export type BlockType = 'uint8' | 'uint16' | 'int16' | 'float32';
export type BlockData = Uint8Array | Uint16Array | Int16Array | Float32Array;

/** Pixels of one window of a working grid. */
export interface PixelBlock {
  /** On the working grid; may hang over the scene's edges, where pixels are invalid and 0. */
  readonly window: Window;
  readonly bands: number;
  readonly type: BlockType;
  /** (bands, height, width), values in the source's own units, rounded half up where the type is an integer. */
  readonly data: BlockData;
  /** (height, width): 1 where the pixel holds data, else 0. */
  readonly valid: Uint8Array;
}

/** Reads windows of one scene on one working grid. Every pixel is a function of the scene and the grid alone, never of the window. */
export interface SceneReader {
  readonly type: BlockType;
  read(window: Window): Promise<PixelBlock>;
  close(): void;
}

/** A reader that can do without memory of its own. */
export interface ReaderInto extends SceneReader {
  /** Reads `part`, which lies in the block's window, into the block; its other pixels stay as they are. */
  readInto(block: PixelBlock, part: Window): Promise<void>;
}
