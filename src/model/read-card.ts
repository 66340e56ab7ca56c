import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { inputError, systemErrorCode } from '../core/errors.ts';
import { modelCardSchema, type ModelCard } from './card.ts';

/** Reads `card.json` of a model's folder. Throws input errors CARD_MISSING and BAD_CARD. */
export async function readCard(folder: string): Promise<ModelCard> {
  const file = join(folder, 'card.json');
  const value = await readCardJson(file);
  const parsed = modelCardSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw inputError('BAD_CARD', `${file} is not a model card of version 1: ${z.prettifyError(parsed.error)}`, {
    hint: 'Train or import the model again, or mend the card by hand.',
    context: { file },
  });
}

/** The JSON value of a card file, not yet checked. Throws input errors CARD_MISSING and BAD_CARD. */
export async function readCardJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (systemErrorCode(error) !== 'ENOENT' && systemErrorCode(error) !== 'EISDIR') throw error;
    throw inputError('CARD_MISSING', `There is no model card ${file}.`, {
      hint: '`resflow model list` shows the models; `resflow model import` makes a full card from a short one.',
      context: { file },
      cause: error,
    });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw inputError('BAD_CARD', `${file} is not JSON: ${why}`, {
      hint: 'Mend the file; `resflow model import --help` explains a card.',
      context: { file },
      cause: error,
    });
  }
}
