import { chooseDisplay, displayRange } from '../../evaluation/report/scene-picture.ts';
import type { SceneBand } from '../../workspace/scene-record.ts';
import { badRequest } from '../problem.ts';
import { inkOf, type ByteRange, type ColourTable } from './byte-pixels.ts';
import { COLORMAPS, rampTable, type Colormap } from './colormaps.ts';
import type { Subject } from './subject.ts';

/** How a raster is drawn. */
export interface Look {
  /** Tells this look from others of the same raster. */
  readonly key: string;
  /** Bands read, from 1. */
  readonly bands: readonly number[];
  /** Stored values that become 0 and 255; of each band. */
  readonly ranges: readonly ByteRange[];
  /** Colours of a single band's bytes; null: three bands are red, green, blue, a single one grey. */
  readonly table: ColourTable | null;
  /** Whether there is something between two values. */
  readonly between: boolean;
}

/** What a request may say of the look. */
export interface LookQuery {
  /** Numbers of bands: one or three. */
  readonly bands?: readonly number[] | undefined;
  /** Low and high, for all bands or for each. */
  readonly rescale?: readonly number[] | undefined;
  readonly colormap?: Colormap | undefined;
  /** Class values that are left transparent. */
  readonly hide?: readonly number[] | undefined;
}

/** The look of a subject as a request wants it. Throws 400 for what does not go together. */
export function chooseLook(subject: Subject, query: LookQuery): Look {
  switch (subject.kind) {
    case 'imagery':
      return imageryLook(subject.bands, query);
    case 'quantity':
      return quantityLook(subject, query);
    case 'classes':
      return classesLook(subject, query);
  }
}

function imageryLook(available: readonly SceneBand[], query: LookQuery): Look {
  refuse(query, 'hide', 'imagery has no classes');
  const display = chooseDisplay(available);
  if (display === null) throw new RangeError('a scene has bands');
  const asked = query.bands ?? distinct(display.bands.map(({ index }) => index));
  if (asked.length !== 1 && asked.length !== 3) {
    throw badRequest(
      'BAD_BANDS',
      `bands names ${asked.length} bands; one or three are shown.`,
      bandHint(available),
    );
  }
  if (asked.length === 3) refuse(query, 'colormap', 'it colours a single band');
  const bands = asked.map((number) => {
    const band = available.find(({ index }) => index === number);
    if (band !== undefined) return band;
    throw badRequest('NO_BAND', `There is no band ${number}.`, bandHint(available));
  });
  const ranges = rangesOf(query.rescale, bands.length) ?? bands.map(displayRange);
  const table = query.colormap === undefined ? null : rampTable(query.colormap);
  return {
    key: JSON.stringify(['image', asked, ranges, query.colormap]),
    bands: asked,
    ranges,
    table,
    between: true,
  };
}

/** Grey scenes show one band three times: it is read once. */
const distinct = (numbers: readonly number[]): number[] =>
  new Set(numbers).size === 1 ? numbers.slice(0, 1) : [...numbers];

function quantityLook(subject: Extract<Subject, { kind: 'quantity' }>, query: LookQuery): Look {
  refuse(query, 'bands', 'the layer has one band');
  refuse(query, 'hide', 'the layer has no classes');
  const [[low, high] = subject.range] = rangesOf(query.rescale, 1) ?? [subject.range];
  const ranges: ByteRange[] = [[low / subject.scale, high / subject.scale]];
  const colormap = query.colormap ?? subject.colormap;
  return {
    key: JSON.stringify(['quantity', ranges, colormap]),
    bands: [1],
    ranges,
    table: rampTable(colormap),
    between: true,
  };
}

function classesLook({ legend }: Extract<Subject, { kind: 'classes' }>, query: LookQuery): Look {
  refuse(query, 'bands', 'the layer has one band');
  refuse(query, 'rescale', 'classes are no quantities');
  refuse(query, 'colormap', 'classes have colours of their own');
  const hidden = new Set(query.hide);
  const shown = legend.filter(({ value }) => !hidden.has(value));
  const table = new Uint32Array(256);
  for (const { value, color } of shown) table[value] = inkOf(color);
  return {
    key: JSON.stringify(['classes', shown.map(({ value, color }) => [value, color])]),
    bands: [1],
    ranges: [[0, 255]],
    table,
    between: false,
  };
}

/** One range for all bands, or one each. */
function rangesOf(numbers: readonly number[] | undefined, bands: number): ByteRange[] | null {
  if (numbers === undefined) return null;
  if (numbers.length !== 2 && numbers.length !== 2 * bands) {
    throw badRequest(
      'BAD_RESCALE',
      `rescale has ${numbers.length} numbers; ${bands === 1 ? 'it takes 2' : `it takes 2, or ${2 * bands} for ${bands} bands`}.`,
      'Give rescale=LOW,HIGH.',
    );
  }
  return Array.from({ length: bands }, (_, i) => {
    const at = numbers.length === 2 ? 0 : 2 * i;
    const [low = 0, high = 0] = numbers.slice(at, at + 2);
    if (high > low) return [low, high];
    throw badRequest(
      'BAD_RESCALE',
      `rescale goes from ${low} to ${high}.`,
      'The second of two numbers is the higher.',
    );
  });
}

function refuse(query: LookQuery, name: keyof LookQuery, why: string): void {
  if (query[name] !== undefined) throw badRequest('BAD_LOOK', `${name} cannot be given here: ${why}.`);
}

const bandHint = (available: readonly SceneBand[]): string =>
  `Bands: ${available
    .slice(0, 20)
    .map(({ index, name }) => `${index} ${name}`)
    .join(', ')}; colormaps: ${COLORMAPS.join(', ')}.`;
