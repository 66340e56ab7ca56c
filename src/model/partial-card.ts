import { z } from 'zod';
import { contractError, inputError } from '../core/errors.ts';
import { modelCardSchema, normalisationSchema, type ModelCard } from './card.ts';
import { classSchema, type ClassRecord } from './class-record.ts';

/**
 * The short card that comes with a network of somebody's own; everything else is measured.
 *
 * `bands`: names in the order of the input's channels. `classes` and `background`: as in the application. `activation`:
 * `sigmoid` (one channel: the one class against background) or `softmax` (a channel each, background first); the
 * network must give logits. `normalisation`: as on a full card. `gsd.metres`: the GSD it was trained at; `min` and `max`
 * (by default half and twice that) the GSDs of scenes it may be used on. `multiple`: only for networks of one fixed
 * input size, whose pooling cannot be measured; by default the largest power of two up to 32 and an eighth of the size that divides it.
 */
export const partialCardSchema = z.strictObject({
  name: z.string().min(1).optional(),
  bands: z.array(z.union([z.string().min(1), modelCardSchema.shape.bands.element])).min(1),
  classes: z.array(classSchema).min(1),
  background: z.boolean(),
  activation: z.enum(['sigmoid', 'softmax']),
  temperature: z.number().positive().default(1),
  threshold: z.number().min(0).max(1).default(0.5),
  normalisation: normalisationSchema,
  gsd: z.strictObject({
    metres: z.number().positive(),
    min: z.number().positive().optional(),
    max: z.number().positive().optional(),
  }),
  multiple: z.int().positive().optional(),
  network: z.string().min(1).optional(),
  licence: z.string().nullable().default(null),
});
export type PartialCard = z.infer<typeof partialCardSchema>;

/** What of an application a card has to agree with. */
export interface ApplicationTerms {
  readonly name: string;
  readonly classes: readonly ClassRecord[];
  readonly background: boolean;
  readonly bands: readonly string[];
}

/** Checks a short card, or the whole card of a model of ours, by itself. Throws input errors BAD_CARD and CARD_CLASSES. */
export function parsePartialCard(value: unknown, file: string): PartialCard {
  const whole = modelCardSchema.safeParse(value);
  const parsed = partialCardSchema.safeParse(whole.success ? shortOf(whole.data) : value);
  if (!parsed.success) {
    throw inputError('BAD_CARD', `${file} is not a card to import with: ${z.prettifyError(parsed.error)}`, {
      hint: 'Needed are bands, classes, background, activation, normalisation and gsd; `resflow model import --help` explains them.',
      context: { file },
    });
  }
  const card = parsed.data;
  const ids = new Set(card.classes.map((entry) => entry.id));
  const problem =
    ids.size < card.classes.length
      ? 'two classes share an id'
      : card.activation === 'sigmoid' && (card.classes.length !== 1 || !card.background)
        ? `a sigmoid tells one class from background, but there are ${card.classes.length} classes ${card.background ? 'and' : 'without'} background`
        : card.normalisation.kind === 'fixed' && !hasBands(card.normalisation, card.bands.length)
          ? `its normalisation has ${card.normalisation.mean.length} means and ${card.normalisation.std.length} deviations for ${card.bands.length} bands`
          : null;
  if (problem === null) return card;
  throw inputError('CARD_CLASSES', `${file} contradicts itself: ${problem}.`, {
    hint: 'Mend the card; `resflow model import --help` explains its members.',
    context: { file },
  });
}

/** What of a whole card cannot be measured. */
const shortOf = (card: ModelCard) => ({
  name: card.name,
  bands: card.bands,
  classes: card.classes,
  background: card.background,
  activation: card.output.activation,
  temperature: card.output.temperature,
  threshold: card.output.threshold,
  normalisation: card.normalisation,
  gsd: card.gsd,
  ...(card.input.fixed === null ? {} : { multiple: card.input.multiple }),
  network: card.network.name,
  licence: card.licence,
});

const hasBands = (normalisation: { mean: number[]; std: number[] }, bands: number): boolean =>
  normalisation.mean.length === bands && normalisation.std.length === bands;

/** The bands as a full card has them. */
export const cardBands = (card: PartialCard): ModelCard['bands'] =>
  card.bands.map((band) => (typeof band === 'string' ? { name: band } : band));

/** The channels the network must have. */
export const cardChannels = (card: PartialCard): number =>
  card.activation === 'sigmoid' ? 1 : card.classes.length + (card.background ? 1 : 0);

/** Throws contract error CARD_AGAINST_APPLICATION where classes, background or bands differ. */
export function checkAgainstApplication(
  card: PartialCard,
  application: ApplicationTerms,
  file: string,
): void {
  const classText = (classes: readonly ClassRecord[], background: boolean) =>
    [...(background ? ['0 background'] : []), ...classes.map((entry) => `${entry.id} ${entry.name}`)].join(
      ', ',
    );
  const pairs = [
    [
      'classes',
      classText(card.classes, card.background),
      classText(application.classes, application.background),
    ],
    [
      'bands',
      cardBands(card)
        .map((band) => band.name)
        .join(', '),
      application.bands.join(', '),
    ],
  ] as const;
  for (const [what, actual, limit] of pairs) {
    if (actual === limit) continue;
    throw contractError(
      'CARD_AGAINST_APPLICATION',
      `${file} has the ${what} (${actual}); application '${application.name}' has (${limit}).`,
      {
        hint: 'Name them alike, in the same order, or import into an application made for this network.',
        context: { file, application: application.name, actual, limit },
      },
    );
  }
}
