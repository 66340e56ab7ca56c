import { contractError, inputError, toResflowError } from '../core/errors.ts';
import { assembleEvaluation, type EvaluatedScene } from '../evaluation/assemble-evaluation.ts';
import type { Evaluation, EvaluationSettings } from '../evaluation/schema.ts';
import { scoreRuleOf } from '../evaluation/settings.ts';
import { sourcesOf } from '../labels/scene-labels.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import type { CommandContext } from './command.ts';
import { compareScene } from './compare-scene.ts';
import type { RunEvaluation } from './open-run-evaluation.ts';
import { sceneRoles } from './scene-roles.ts';

export interface EvaluateRequest {
  readonly scenes: readonly string[] | null;
  readonly labelSources: readonly string[] | null;
  readonly settings: EvaluationSettings;
}

type Unscored = Evaluation['unscored'][number];

/** Compares every mapped scene that has labels; the others are listed. Throws NO_LABELS where there is nothing to compare. */
export async function evaluateRun(
  opened: RunEvaluation,
  request: EvaluateRequest,
  context: CommandContext,
): Promise<Evaluation> {
  const { run } = opened;
  const { ready, unscored } = await chooseScenes(opened, request, context);
  const roles = await sceneRoles(context.workspace, opened.card);
  const grids = ready.map((item) => sceneGrid(item, run.parameters.gsdMetres));
  const total = grids.reduce((sum, grid) => sum + (grid.width * grid.height) / 1e6, 0);
  const scenes: EvaluatedScene[] = [];
  let before = 0;
  let scale: number | null = null;
  context.progress.start('Evaluating', Math.round(total * 10) / 10, 'Mpx');
  for (const [i, item] of ready.entries()) {
    const grid = grids[i];
    if (grid === undefined) continue;
    const onRows = (rows: number) => context.progress.update(before + (rows * grid.width) / 1e6, item.id);
    try {
      const result = await compareScene(
        opened,
        { item, grid, roles },
        { settings: request.settings, signal: context.signal, onRows },
      );
      scale ??= result.confidenceScale;
      if (result.scene.evidence.counts.labelled > 0) scenes.push(result.scene);
      else
        unscored.push({
          scene: item.id,
          place: item.properties['resflow:place'],
          code: 'NO_LABELS',
          reason: 'no pixel of it is labelled',
        });
    } catch (error) {
      if (context.signal.aborted) throw error;
      const { code, message } = toResflowError(error);
      unscored.push({ scene: item.id, place: item.properties['resflow:place'], code, reason: message });
    }
    before += (grid.width * grid.height) / 1e6;
  }
  context.progress.stop();
  if (scenes.length === 0) throw noLabels(run, unscored);
  return assembleEvaluation({
    head: headOf(opened, request, unscored, context.now()),
    scenes,
    rule: scoreRuleOf(request.settings, opened.categories, scale),
    notes: [...roles.notes],
  });
}

const noLabels = (run: RunRecord, unscored: readonly Unscored[]) =>
  contractError(
    'NO_LABELS',
    `Nothing can be compared: no scene of run '${run.id}' has a map and labels (${unscored.map(({ scene, reason }) => `${scene}: ${reason}`).join('; ')}).`,
    {
      hint: `Add labels that lie on these scenes: \`resflow label add ${run.application} FILE --class NAME --complete scene\`.`,
      context: { run: run.id, scenes: unscored.map(({ scene }) => scene) },
    },
  );

async function chooseScenes(
  { run, sources }: RunEvaluation,
  request: EvaluateRequest,
  context: CommandContext,
): Promise<{ ready: SceneItem[]; unscored: Unscored[] }> {
  const ids = request.scenes ?? run.scenes.map(({ scene }) => scene);
  const ready: SceneItem[] = [];
  const unscored: Unscored[] = [];
  for (const id of ids) {
    const mapped = run.scenes.find(({ scene }) => scene === id);
    if (mapped === undefined) {
      throw inputError('SCENE_NOT_IN_RUN', `Run '${run.id}' did not map scene '${id}'.`, {
        hint: `It mapped: ${run.scenes.map(({ scene }) => scene).join(', ')}.`,
        context: { run: run.id, scene: id },
      });
    }
    const item = await readScene(context.workspace, id).catch((error: unknown) => {
      const { code, message } = toResflowError(error);
      unscored.push({ scene: id, place: null, code, reason: message });
      return null;
    });
    if (item === null) continue;
    const place = item.properties['resflow:place'];
    if (mapped.status !== 'done')
      unscored.push({ scene: id, place, code: 'NOT_MAPPED', reason: `its map is ${mapped.status}` });
    else if (sourcesOf(item, sources).length === 0)
      unscored.push({ scene: id, place, code: 'NO_LABELS', reason: 'no label source speaks about it' });
    else ready.push(item);
  }
  return { ready, unscored };
}

function headOf(
  { run, application, card }: RunEvaluation,
  request: EvaluateRequest,
  unscored: Unscored[],
  now: Date,
) {
  return {
    run: run.id,
    application: run.application,
    created: now.toISOString(),
    model: {
      id: run.gallery?.id ?? run.model.id,
      name: run.gallery?.id ?? card?.name ?? run.model.id,
      variant: run.model.variant,
      sha256: run.model.sha256,
      temperature: card?.output.temperature ?? null,
      threshold: card?.output.activation === 'sigmoid' ? card.output.threshold : null,
    },
    classes: application.classes.map(({ id, name, colour }) => ({ value: id, name, colour })),
    unscored,
    seamScore: run.seamScore,
    performance: {
      seconds: run.seconds,
      megapixels: run.megapixels,
      megapixelsPerSecond: run.megapixelsPerSecond,
      overlapFactor: run.overlapFactor,
      peakMemoryMiB: run.peakMemoryMiB,
      workers: run.execution.workers,
    },
    settings: {
      ...request.settings,
      labelSources: request.labelSources === null ? null : [...request.labelSources],
    },
  };
}
