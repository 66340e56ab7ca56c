import type { ModelCard } from './card.ts';
import { NO_CLASS } from './class-record.ts';
import { createSigmoidTable, type SigmoidTable } from './sigmoid-table.ts';

/**
 * How one card's logits become probabilities, class ids and confidences.
 *
 * Probability: 1 / (1 + exp(-logit / T)), or the softmax of logit / T; computed in double, kept as float32, so that
 * every path (a chip by itself, chips blended) starts from the same numbers.
 * Class: sigmoid: the class where p > threshold, else background (0); softmax: the largest, the earliest at ties.
 * Confidence: round(255 * probability of the class given), at least 1; 0 is left to pixels without data.
 */
export type Decoder = SigmoidDecoder | SoftmaxDecoder;

export interface SigmoidDecoder {
  readonly activation: 'sigmoid';
  readonly channels: 1;
  readonly temperature: number;
  /** The class is given where p exceeds this; a float32. */
  readonly threshold: number;
  readonly classId: number;
  readonly table: SigmoidTable;
}

export interface SoftmaxDecoder {
  readonly activation: 'softmax';
  readonly channels: number;
  readonly temperature: number;
  /** Class id of each channel: background first if any, then the card's classes in order. */
  readonly classIds: Uint8Array;
}

/** Prepares decoding, once per card. Throws RangeError where channels and classes do not fit (import refuses such cards). */
export function createDecoder(card: Pick<ModelCard, 'classes' | 'background' | 'output'>): Decoder {
  const { activation, channels, temperature } = card.output;
  const classIds = channelClassIds(card);
  if (channels !== expectedChannels(card)) {
    throw new RangeError(`${channels} channels do not fit ${classIds.length} ${activation} classes`);
  }
  if (activation === 'softmax') return { activation, channels, temperature, classIds };
  const threshold = Math.fround(card.output.threshold);
  const classId = classIds[1] ?? NO_CLASS;
  return {
    activation,
    channels: 1,
    temperature,
    threshold,
    classId,
    table: createSigmoidTable(temperature, threshold),
  };
}

/** Class ids in channel order for softmax; for sigmoid what p = 0 and p = 1 stand for. */
export const channelClassIds = (card: Pick<ModelCard, 'classes' | 'background'>): Uint8Array =>
  Uint8Array.from([...(card.background ? [0] : []), ...card.classes.map((entry) => entry.id)]);

/** How many channels a card's classes ask for; null where its activation cannot express them (sigmoid: one class and background). */
export function expectedChannels(card: Pick<ModelCard, 'classes' | 'background' | 'output'>): number | null {
  if (card.output.activation === 'softmax') return card.classes.length + (card.background ? 1 : 0);
  return card.classes.length === 1 && card.background ? 1 : null;
}
