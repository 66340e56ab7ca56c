import { contractError } from '../core/errors.ts';
import type { ModelCard } from '../model/card.ts';

/**
 * Validation must be of ground that no model that is compared, or teaches, was trained on; imported models say nothing
 * about it. Throws contract error MODEL_KNOWS_VALIDATION.
 */
export function refuseKnowing(cards: readonly ModelCard[], validation: readonly string[]): void {
  for (const card of cards) {
    const seen = (card.training?.trainScenes ?? []).filter((id) => validation.includes(id));
    if (seen.length === 0) continue;
    throw contractError(
      'MODEL_KNOWS_VALIDATION',
      `Model '${card.id}' was trained on ${seen.join(', ')}, by which the specialists would be judged.`,
      {
        hint: 'Take the --seed that it was trained with, or train a Mono for this split (`--mono`).',
        context: { model: card.id, scenes: seen },
      },
    );
  }
}
