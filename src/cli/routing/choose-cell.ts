import { usageError } from '../../core/errors.ts';

/** A chip's core is cut into at most so many cells a side. */
const MOST_CELLS = 16;

/**
 * The side of a routing cell in pixels of the working grid: the whole part of a core, in the models'
 * multiples, that is nearest to a chip of the gallery on the ground (that very chip, where it divides a core). A cell
 * holds a blend on both sides. Throws usage error BAD_CHIPS.
 */
export function chooseCell(
  { corePixels, blendPixels }: { corePixels: number; blendPixels: number },
  { chipPixels, multiple }: { chipPixels: number; multiple: number },
): number {
  const parts = Array.from({ length: MOST_CELLS }, (_, i) => corePixels / (i + 1)).filter(
    (side) => Number.isInteger(side) && side % multiple === 0 && side >= 2 * blendPixels,
  );
  const off = (side: number) => Math.abs(Math.log(side / chipPixels));
  const [best] = [...parts].sort((a, b) => off(a) - off(b));
  if (best !== undefined) return best;
  throw usageError(
    'BAD_CHIPS',
    `A core of ${corePixels} px cannot be cut into cells that hold a blend of ${blendPixels} px on both sides.`,
    {
      hint: 'Leave --core and --blend out, or give a smaller --blend.',
      context: { core: corePixels, blend: blendPixels },
    },
  );
}
