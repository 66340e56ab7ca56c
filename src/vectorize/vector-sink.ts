import type { MappedObject, VectorFormat } from './schema.ts';

/** Where objects go: a file of one format, under a temporary name until it is finished. */
export interface VectorSink {
  /** Takes objects; they may be used until the next call only. */
  write(objects: Iterable<MappedObject>): Promise<void>;
  /** Completes the file and puts it in its place. */
  finish(): Promise<void>;
  /** Removes what was written. Never throws. */
  abort(): Promise<void>;
}

/** What a file is to be. */
export interface SinkRequest {
  readonly path: string;
  readonly format: VectorFormat;
  /** Name of the layer inside the file. */
  readonly layer: string;
  /** Of the coordinates; CRS84 where the format knows no other. */
  readonly crs: string;
  /** What all coordinates lie within, in that CRS. */
  readonly bounds: readonly [minX: number, minY: number, maxX: number, maxY: number];
  /** Ground size of the map's pixels, the smallest of several maps. */
  readonly gsdMetres: number;
}
