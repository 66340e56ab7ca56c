import { usageError, type ResflowError } from '../core/errors.ts';
import type { MapParameters } from '../engine/protocol.ts';
import type { ModelCard } from '../model/card.ts';
import type { Application } from '../workspace/application-record.ts';
import type { MapInput } from './map-options.ts';
import type { ChosenModel, OpenGallery } from './routing/chosen-model.ts';

export const BLOCK_PIXELS = 512;
export const DEFAULT_CORE = 1024;
const NOOP_HALO = 64;
/** On each side of a border between two models, as far as halos allow. */
const BORDER_BLEND = 64;

const wrong = (why: string) =>
  usageError('BAD_CHIPS', why, {
    hint: 'Leave --core, --halo and --blend out to take what fits the model.',
  });

/** The halo that a model's chips get. Without any the seams could not be seen; none at all only on request. */
export const haloOf = ({ halo, input }: ModelCard, asked: number | undefined): number =>
  asked ?? Math.max(halo.pixels, input.multiple);

const notAGallery = (option: string): ResflowError =>
  usageError(
    'NOT_A_GALLERY',
    `${option} chooses between the models of buckets, and here is one model for everything.`,
    { hint: `Leave ${option} out, or map with --model gallery.` },
  );

function checkSoft(soft: number, { partition }: OpenGallery, blendPixels: number): void {
  const { bits } = partition.hash;
  if (soft > bits) {
    throw usageError('BAD_SOFT', `--soft ${soft} is more than the ${bits} bits of the gallery's codes.`, {
      hint: `Give at most ${bits}; a quarter of the bits mixes where chips lie between two buckets.`,
      context: { soft, limit: bits },
    });
  }
  if (blendPixels === 0)
    throw wrong('--soft needs a blend, over which the say of two buckets fades from one cell to the next.');
}

/** How chips are cut, as asked for or as the models need it; the halo is the widest of them. Throws usage errors BAD_CHIPS, NOT_A_GALLERY and BAD_SOFT. */
export function chooseParameters(
  input: MapInput,
  application: Application,
  { model, gallery }: ChosenModel,
): MapParameters {
  const { card } = model;
  const cards = gallery?.models.map((one) => one.card) ?? (card === null ? [] : [card]);
  const halos = cards.length === 0 ? [input.halo ?? NOOP_HALO] : cards.map((one) => haloOf(one, input.halo));
  const corePixels = chooseCore(input, cards);
  for (const [i, { input: needs }] of cards.entries()) {
    const halo = halos[i] ?? 0;
    if (corePixels <= 0 || corePixels % needs.multiple !== 0)
      throw wrong(`A core of ${corePixels} px is not a positive multiple of ${needs.multiple} px.`);
    if (halo % needs.multiple !== 0)
      throw wrong(`A halo of ${halo} px is not a multiple of ${needs.multiple} px.`);
    if (needs.fixed !== null && corePixels > roomOf(needs.fixed, halo))
      throw wrong(
        `The model takes ${needs.fixed.width}x${needs.fixed.height} px only; with this halo the core can be ${roomOf(needs.fixed, halo)} px.`,
      );
  }
  const least = Math.min(...halos);
  const blendPixels = input.blend ?? (gallery === null ? 0 : Math.min(BORDER_BLEND, least));
  if (gallery === null) {
    const asked = (['soft', 'yield'] as const).find((option) => input[option] !== undefined);
    if (asked !== undefined) throw notAGallery(`--${asked}`);
  } else if (input.soft !== undefined) checkSoft(input.soft, gallery, blendPixels);
  if (blendPixels > least) throw wrong(`A blend of ${blendPixels} px is wider than the halo of ${least} px.`);
  const gsdMetres = input.gsd === 'own' ? null : (input.gsd ?? card?.gsd.metres ?? application.gsdMetres);
  return { corePixels, haloPixels: Math.max(...halos), blendPixels, blockPixels: BLOCK_PIXELS, gsdMetres };
}

const roomOf = (fixed: { width: number; height: number }, halo: number): number =>
  Math.min(fixed.width, fixed.height) - 2 * halo;

/** What was asked for, else what fits the models of a fixed input, in steps that all of them can take. */
function chooseCore(input: MapInput, cards: readonly ModelCard[]): number {
  const multiple = cards.reduce((common, one) => leastCommonMultiple(common, one.input.multiple), 1);
  const rooms = cards.flatMap((one) =>
    one.input.fixed === null ? [] : [roomOf(one.input.fixed, haloOf(one, input.halo))],
  );
  const roomy = rooms.length === 0 ? DEFAULT_CORE : Math.min(...rooms);
  return input.core ?? Math.floor(roomy / multiple) * multiple;
}

function leastCommonMultiple(a: number, b: number): number {
  let common = Math.max(a, b);
  while (common % a !== 0 || common % b !== 0) common += Math.max(a, b);
  return common;
}
