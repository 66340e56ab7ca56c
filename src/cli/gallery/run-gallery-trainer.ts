import { join } from 'node:path';
import { writeFolderOnce } from '../../core/atomic-folder.ts';
import { writeJsonAtomic } from '../../core/atomic-file.ts';
import { findTrainer } from '../../training/find-python.ts';
import { runTrainer } from '../../training/run-trainer.ts';
import type { CommandContext } from '../command.ts';

export interface GalleryTraining {
  readonly command: 'extractor' | 'hash';
  readonly label: string;
  /** Steps of the training, for the progress bar; 1 where it is no training. */
  readonly steps: number;
  /** Where the result belongs; made whole or not at all. */
  readonly folder: string;
  /** Writes what the spec names into the folder, and returns the spec, `output` left out. */
  prepare(folder: string): Promise<Record<string, unknown>>;
}

/** Runs the trainer for one step of a build, unless its folder is there. Throws the errors of `runTrainer`. */
export async function runGalleryTrainer(training: GalleryTraining, context: CommandContext): Promise<void> {
  const { command, label, steps } = training;
  const { progress } = context;
  const home = await findTrainer(context.env);
  await writeFolderOnce(training.folder, async (temporary) => {
    const specFile = join(temporary, 'spec.json');
    await writeJsonAtomic(specFile, {
      version: 1,
      ...(await training.prepare(temporary)),
      output: temporary,
    });
    progress.start(label, steps, 'steps');
    await runTrainer(
      home,
      { command, specFile },
      {
        signal: context.signal,
        log: context.log,
        env: context.env,
        onEvent: (event) => {
          if (event.type === 'step') progress.update(event.step, `loss ${(event.loss ?? 0).toFixed(4)}`);
        },
      },
    ).finally(() => progress.stop());
  });
}
