import { inputError, usageError } from '../core/errors.ts';
import type { OpenRaster } from '../raster/open-dataset.ts';
import { PALETTE_BAND } from '../workspace/scene-record.ts';

export interface NamedBand {
  readonly name: string;
  readonly description: string | null;
  readonly commonName: string | null;
  /** Micrometres. */
  readonly wavelength: number | null;
}

/** Common names of the STAC eo extension, with the wavelengths (micrometres) that stand for them. */
const COMMON_NAMES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  coastal: [0.4, 0.45],
  blue: [0.45, 0.51],
  green: [0.51, 0.6],
  red: [0.6, 0.69],
  rededge: [0.69, 0.76],
  nir: [0.76, 1],
  nir09: [0.93, 0.96],
  cirrus: [1.35, 1.4],
  swir16: [1.55, 1.75],
  swir22: [2.08, 2.35],
  lwir: [8, 15],
  pan: [0.4, 1],
  yellow: [0.58, 0.62],
};

const BY_COLOUR: Readonly<Record<string, string>> = {
  Red: 'red',
  Green: 'green',
  Blue: 'blue',
  Alpha: 'alpha',
};

const BY_WORD: Readonly<Record<string, string>> = {
  r: 'red',
  g: 'green',
  b: 'blue',
  n: 'nir',
  nearinfrared: 'nir',
  nearir: 'nir',
  infrared: 'nir',
  nir1: 'nir',
  rededge1: 'rededge',
  panchromatic: 'pan',
  coastalblue: 'coastal',
  coastalaerosol: 'coastal',
  swir1: 'swir16',
  swir2: 'swir22',
};

/**
 * Names the bands: as the user says, else by what the file says (wavelength, description, colour interpretation), else
 * red, green, blue for three bands of bytes (and the first three of four with an alpha); numbers of colours in a palette
 * `palette`; others `band-1`, ....
 * Throws usage error BAD_BANDS, input error BAD_BANDS.
 */
export function nameBands(raster: OpenRaster, given: readonly string[] | null): NamedBand[] {
  if (given !== null) return givenNames(raster, given);
  const found = raster.bands.map((_, i) => describeBand(raster, i));
  const colours = found.filter((band) => band.commonName !== null && band.commonName !== 'alpha');
  const plain = raster.bands.length === 3 && raster.types.every((t) => t.sample === 'uint8');
  if (plain && colours.length === 0) {
    return found.map((band, i) => ({ ...band, name: RGB[i] ?? band.name, commonName: RGB[i] ?? null }));
  }
  return unique(found);
}

const RGB = ['red', 'green', 'blue'];

function givenNames(raster: OpenRaster, given: readonly string[]): NamedBand[] {
  if (new Set(given).size !== given.length || given.some((name) => name === '')) {
    throw usageError(
      'BAD_BANDS',
      `--bands ${given.join(',')}: names must be different from each other and not empty.`,
      {
        hint: 'For example --bands red,green,blue,nir',
      },
    );
  }
  if (given.length > raster.bands.length) {
    throw inputError(
      'BAD_BANDS',
      `${raster.href} has ${raster.bands.length} band(s), but ${given.length} names were given.`,
      {
        hint: 'Name the bands in the order of the file; bands at the end may be left out.',
        context: { file: raster.href, bands: raster.bands.length, names: [...given] },
      },
    );
  }
  return raster.bands.map((_, i) => {
    const own = describeBand(raster, i);
    const name = given[i];
    if (name === undefined)
      return { ...own, name: `band-${i + 1}`, commonName: own.commonName === 'alpha' ? 'alpha' : null };
    return { ...own, name, commonName: commonName(name) };
  });
}

function describeBand(raster: OpenRaster, i: number): NamedBand {
  const band = raster.dataset.bands.get(i + 1);
  const description = band.description.trim() === '' ? null : band.description.trim();
  const wavelength = wavelengthOf((band.getMetadata() as Record<string, string> | null) ?? {});
  const colour = BY_COLOUR[band.colorInterpretation ?? ''] ?? null;
  const byText = description === null ? null : commonName(description);
  const byWave = wavelength === null ? null : nameOfWavelength(wavelength);
  const common = colour === 'alpha' ? 'alpha' : (byText ?? byWave ?? colour);
  const plain = band.colorInterpretation === 'Palette' ? PALETTE_BAND : `band-${i + 1}`;
  return { name: common ?? plain, description, commonName: common, wavelength };
}

/** The common name a word means, if any: `NIR`, `near infrared`, `Red edge 1`. */
export function commonName(text: string): string | null {
  const word = text
    .toLowerCase()
    .replace(/^band[-_ ]*\d*[-_: ]*/, '')
    .replace(/[^a-z0-9]/g, '');
  if (word in COMMON_NAMES) return word;
  return BY_WORD[word] ?? null;
}

const WAVELENGTH_KEYS = [
  'CENTER_WAVELENGTH',
  'CENTRAL_WAVELENGTH',
  'WAVELENGTH',
  'CENTRAL_WAVELENGTH_UM',
  'wavelength',
];

/** A wavelength in micrometres from band metadata, in which nanometres are told by their size or their unit. */
function wavelengthOf(metadata: Readonly<Record<string, string>>): number | null {
  for (const key of WAVELENGTH_KEYS) {
    const value = Number.parseFloat(metadata[key] ?? metadata[key.toLowerCase()] ?? '');
    if (!(value > 0)) continue;
    return value > 100 ? value / 1000 : value;
  }
  return null;
}

/** The narrowest common name whose range holds a wavelength; `pan` is no wavelength's name. */
export function nameOfWavelength(micrometres: number): string | null {
  for (const name of [
    'coastal',
    'blue',
    'green',
    'red',
    'rededge',
    'nir',
    'cirrus',
    'swir16',
    'swir22',
    'lwir',
  ]) {
    const range = COMMON_NAMES[name];
    if (range !== undefined && micrometres >= range[0] && micrometres < range[1]) return name;
  }
  return null;
}

/** Where two bands claim one common name, only the first has it. */
function unique(bands: readonly NamedBand[]): NamedBand[] {
  const taken = new Set<string>();
  return bands.map((band, i) => {
    if (!taken.has(band.name)) {
      taken.add(band.name);
      return band;
    }
    return { ...band, name: `band-${i + 1}`, commonName: null };
  });
}
