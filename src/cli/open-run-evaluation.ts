import { join } from 'node:path';
import { inputError } from '../core/errors.ts';
import { buildCategories, type Categories } from '../evaluation/categories.ts';
import { modelCardSchema, type ModelCard } from '../model/card.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { modelFolder } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRun } from '../workspace/runs.ts';
import { readRecordIfAny } from '../workspace/workspace.ts';

/** A run with everything its evaluation needs, read once. */
export interface RunEvaluation {
  readonly run: RunRecord;
  readonly application: Application;
  readonly card: ModelCard | null;
  readonly sources: readonly LabelSource[];
  readonly categories: Categories;
}

/** Reads run, application, card and label sources. Throws NO_RUN, NO_APPLICATION, NO_LABEL_SOURCE. */
export async function openRunEvaluation(
  root: string,
  runId: string,
  only: readonly string[] | null,
): Promise<RunEvaluation> {
  const run = await readRun(root, runId);
  const application = await readApplication(root, run.application);
  const cardFile = join(modelFolder(root, run.application, run.model.id), 'card.json');
  const card = run.model.variant === 'noop' ? null : await readRecordIfAny(cardFile, modelCardSchema);
  const all = await readLabelSources(root, run.application);
  const missing = (only ?? []).find((id) => !all.some((source) => source.id === id));
  if (missing !== undefined) {
    throw inputError('NO_LABEL_SOURCE', `Application '${run.application}' has no labels '${missing}'.`, {
      hint:
        all.length === 0
          ? 'Add some with `resflow label add`.'
          : `It has: ${all.map(({ id }) => id).join(', ')}.`,
      context: { application: run.application, label: missing },
    });
  }
  const sources = only === null ? all : all.filter(({ id }) => only.includes(id));
  return {
    run,
    application,
    card,
    sources,
    categories: buildCategories(application.classes, application.background),
  };
}
