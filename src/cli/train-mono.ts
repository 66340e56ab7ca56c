import { MONO_NETWORK } from '../training/networks.ts';
import { trainModel, type TrainedModel } from '../training/train-model.ts';
import type { CommandContext } from './command.ts';
import type { PreparedTraining } from './prepare-training.ts';
import { budgetOf, oneNetwork, requestOf, trainingPorts, type TrainingInput } from './training-request.ts';
import type { TrainerHome } from '../training/run-trainer.ts';

/** Trains one model for everything, or finds it. */
export function trainMono(
  input: TrainingInput,
  { built, split }: PreparedTraining,
  home: TrainerHome,
  context: CommandContext,
): Promise<TrainedModel> {
  const request = { ...requestOf(input, split), network: oneNetwork(input) ?? MONO_NETWORK };
  const set = { digest: built.set.digest, folder: built.folder };
  return trainModel(
    { ...request, budget: budgetOf(input), id: input.id ?? null },
    set,
    trainingPorts(context, home),
  );
}

/** What the command says of one trained model. */
export function describeTraining({ card, folder, reused }: TrainedModel, prepared: PreparedTraining) {
  const { built } = prepared;
  return {
    model: card.id,
    folder,
    reused,
    scores: card.scores,
    seconds: card.training?.seconds ?? null,
    steps: card.training?.steps ?? null,
    trainingSet: {
      digest: built.set.digest,
      folder: built.folder,
      reused: built.reused,
      scenes: built.set.scenes.length,
    },
    split: { train: card.training?.trainScenes ?? [], validation: card.training?.validationScenes ?? [] },
    variants: card.variants,
    default: card.defaultCpuVariant,
    notes: prepared.notes,
  };
}
export type TrainingDescription = ReturnType<typeof describeTraining>;
