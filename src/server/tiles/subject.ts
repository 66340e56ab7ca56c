import { NO_CLASS } from '../../model/class-record.ts';
import type { OpenRaster } from '../../raster/open-dataset.ts';
import type { SceneBand } from '../../workspace/scene-record.ts';
import type { Colormap } from './colormaps.ts';

export interface LegendEntry {
  readonly value: number;
  readonly label: string;
  /** #rrggbb */
  readonly color: string;
}

/** What a raster shows, which decides how it may be drawn. */
export type Subject =
  | { readonly kind: 'imagery'; readonly bands: readonly SceneBand[] }
  | { readonly kind: 'classes'; readonly legend: readonly LegendEntry[] }
  /** `scale`: stored value * scale = quantity; `range`: of the quantity, as shown unless asked otherwise. */
  | {
      readonly kind: 'quantity';
      readonly scale: number;
      readonly range: readonly [number, number];
      readonly colormap: Colormap;
    };

/** What a layer of a map shows: classes where its file has colours, else a quantity. */
export function layerSubject({ bands }: OpenRaster): Subject {
  const [band] = bands;
  if (band === undefined) throw new RangeError('a layer has a band');
  const legend = legendOf(band);
  if (legend !== null) return { kind: 'classes', legend };
  return quantityOf(band.scale ?? 1);
}

/** How a quantity is shown. Probabilities end at 1. Margins (scale 1) are bits, of which more than a few mean "surely". */
export const quantityOf = (scale: number): Subject =>
  scale === 1
    ? { kind: 'quantity', scale, range: [0, 16], colormap: 'magma' }
    : { kind: 'quantity', scale, range: [0, 255 * scale], colormap: 'viridis' };

/** The colours of a file, named by its metadata where it says how (CLASS_n), else by number; null where it has none. */
export function legendOf(band: OpenRaster['bands'][number]): LegendEntry[] | null {
  const { colorTable } = band;
  if (colorTable === null || colorTable === undefined) return null;
  const names = (band.getMetadata() as Record<string, string> | null) ?? {};
  const named = Object.keys(names).some((key) => /^CLASS_\d+$/.test(key));
  const legend: LegendEntry[] = [];
  for (let value = 0; value < Math.min(256, colorTable.count()); value++) {
    const label = names[`CLASS_${value}`];
    if (named ? label === undefined : value === NO_CLASS && band.noDataValue === value) continue;
    const { c1, c2, c3 } = colorTable.get(value);
    legend.push({ value, label: label ?? String(value), color: hexOf([c1, c2, c3]) });
  }
  return legend;
}

const hexOf = (parts: readonly number[]): string =>
  `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
