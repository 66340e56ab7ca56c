import type { Geometry } from 'gdal-async';
import type { SpatialReference } from '../raster/gdal.ts';

/** One feature: its geometry in the source's CRS (null: none; 'unreadable': GDAL cannot build it) and an attribute's text. */
export interface VectorFeature {
  readonly geometry: Geometry | null | 'unreadable';
  readonly value: string | null;
}

/** An open vector layer. Coordinates are x (longitude) first, whatever the authority says. */
export interface VectorSource {
  readonly href: string;
  readonly layer: string | null;
  readonly srs: SpatialReference | null;
  readonly fields: readonly string[];
  readonly count: number;
  /** The features, with the text of `attribute` where one is named. */
  features(attribute: string | null): AsyncIterable<VectorFeature>;
  close(): void;
}

/** A geometry, or 'unreadable' for kinds GDAL's binding cannot build (curves). */
export function geometryOf(read: () => Geometry | null): Geometry | null | 'unreadable' {
  try {
    return read();
  } catch {
    return 'unreadable';
  }
}

/** An attribute's value as text, as it stands in `--map`. */
export const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'bigint'
      ? value.toString()
      : (JSON.stringify(value) ?? '');
