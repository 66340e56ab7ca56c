import { describe, expect, it } from 'vitest';
import { modelCardSchema, type ModelCard } from '../model/card.ts';
import { refuseKnowing } from './refuse-knowing.ts';

const training = modelCardSchema.shape.training.unwrap().parse({
  trainingSet: 'set',
  seed: 1,
  steps: 10,
  samples: 80,
  seconds: 1,
  trainScenes: ['north', 'south'],
  validationScenes: ['east'],
});
const card = (id: string, known: typeof training | null) => ({ id, training: known }) as ModelCard;

describe('models that are judged by validation ground', () => {
  it('must not have been trained on it; imported ones are taken at their word', () => {
    const models = [card('mono-1', training), card('imported', null)];
    expect(() => refuseKnowing(models, ['east', 'west'])).not.toThrow();
    expect(() => refuseKnowing(models, ['east', 'south'])).toThrow(
      "Model 'mono-1' was trained on south, by which the specialists would be judged.",
    );
  });
});
