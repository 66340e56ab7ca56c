import { NO_CATEGORY, type Categories } from '../categories.ts';

/** Red, green, blue, opacity; (height, width, 4), 0..255. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Kinds of outcome in the error map. Colours keep apart for all common kinds of colour blindness (Okabe and Ito). */
export const OUTCOMES = {
  right: { colour: '#56b4e9', text: 'found: labelled and mapped' },
  extra: { colour: '#d55e00', text: 'false: mapped, not labelled' },
  missed: { colour: '#f0e442', text: 'missed: labelled, not mapped' },
  confused: { colour: '#cc79a7', text: 'mapped as another class' },
} as const;
export type Outcome = keyof typeof OUTCOMES;

const OVER_IMAGE = 0.62;
const STRIPE_PIXELS = 9;

/** What became of a pixel; null where nothing is to be shown: right background, or a pixel that cannot be judged. */
export function outcomeOf(label: number, given: number, firstClass: number): Outcome | null {
  if (label === NO_CATEGORY || given === NO_CATEGORY) return null;
  const isClass = (category: number) => category >= firstClass;
  if (label === given) return isClass(label) ? 'right' : null;
  if (!isClass(label)) return 'extra';
  return isClass(given) ? 'confused' : 'missed';
}

/** The error map over a greyed image; ground without labels is dark and striped. `map` and `labels` hold class ids. */
export function paintErrors(
  image: Picture,
  pixels: { readonly map: Uint8Array; readonly labels: Uint8Array },
  categories: Categories,
): Picture {
  const out = greyed(image);
  const colours = Object.fromEntries(
    Object.entries(OUTCOMES).map(([name, { colour }]) => [name, rgbOf(colour)]),
  );
  for (let i = 0; i < pixels.map.length; i += 1) {
    const label = categories.indexOf[pixels.labels[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    const given = categories.indexOf[pixels.map[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    const outcome = outcomeOf(label, given, categories.firstClass);
    if (outcome !== null) mix(out, i, colours[outcome] ?? [0, 0, 0], OVER_IMAGE);
    else if (label === NO_CATEGORY) {
      const stripe = ((i % image.width) + Math.floor(i / image.width)) % STRIPE_PIXELS < 2;
      mix(out, i, stripe ? [120, 120, 120] : [20, 20, 20], 0.55);
    }
  }
  return { ...image, rgba: out };
}

/** Classes in their colours over the image; background and no data show the image alone. */
export function paintClasses(
  image: Picture,
  values: Uint8Array,
  categories: Categories,
  opacity = 0.6,
): Picture {
  const out = opacity < 1 ? Uint8Array.from(image.rgba) : greyed(image);
  const colours = categories.all.map(({ colour }) => rgbOf(colour));
  for (let i = 0; i < values.length; i += 1) {
    const category = categories.indexOf[values[i] ?? NO_CATEGORY] ?? NO_CATEGORY;
    if (category === NO_CATEGORY || category < categories.firstClass) continue;
    mix(out, i, colours[category] ?? [0, 0, 0], opacity);
  }
  return { ...image, rgba: out };
}

function greyed({ rgba }: Picture): Uint8Array {
  const out = Uint8Array.from(rgba);
  for (let i = 0; i < out.length; i += 4) {
    const grey = 0.299 * (rgba[i] ?? 0) + 0.587 * (rgba[i + 1] ?? 0) + 0.114 * (rgba[i + 2] ?? 0);
    out.fill(0.8 * grey + 20, i, i + 3);
  }
  return out;
}

function mix(rgba: Uint8Array, pixel: number, colour: readonly number[], opacity: number): void {
  const at = pixel * 4;
  for (let c = 0; c < 3; c += 1)
    rgba[at + c] = (1 - opacity) * (rgba[at + c] ?? 0) + opacity * (colour[c] ?? 0);
}

const rgbOf = (colour: string): [number, number, number] => [
  Number.parseInt(colour.slice(1, 3), 16),
  Number.parseInt(colour.slice(3, 5), 16),
  Number.parseInt(colour.slice(5, 7), 16),
];
