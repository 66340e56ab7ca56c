import { join } from 'node:path';
import { contractError, inputError, toResflowError } from '../core/errors.ts';
import { applyAffine } from '../geo/affine.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { assembleEvaluation, type EvaluatedScene } from '../evaluation/assemble-evaluation.ts';
import { buildCategories, type Categories } from '../evaluation/categories.ts';
import { evaluateScene } from '../evaluation/evaluate-scene.ts';
import type { Evaluation, EvaluationSettings } from '../evaluation/schema.ts';
import { sceneRuleOf, scoreRuleOf } from '../evaluation/settings.ts';
import { paintObjectNumbers } from '../labels/paint-object-numbers.ts';
import { openSceneLabels, sourcesOf } from '../labels/scene-labels.ts';
import { modelCardSchema, type ModelCard } from '../model/card.ts';
import { lonLatTransform, parseCrs } from '../raster/crs.ts';
import { openLayer, type OpenLayer } from '../raster/open-layer.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { modelFolder } from '../workspace/layout.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRun } from '../workspace/runs.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import { readRecordIfAny } from '../workspace/workspace.ts';
import type { CommandContext } from './command.ts';
import { sceneRoles, type SceneRoles } from './scene-roles.ts';

export interface EvaluateRequest {
  readonly run: string;
  readonly scenes: readonly string[] | null;
  readonly labelSources: readonly string[] | null;
  /** null: two pixels of the working GSD. */
  readonly settings: EvaluationSettings;
}

/** A run with everything its evaluation needs, read once. */
export interface RunEvaluation {
  readonly run: RunRecord;
  readonly application: Application;
  readonly card: ModelCard | null;
  readonly sources: readonly LabelSource[];
  readonly categories: Categories;
}

type Unscored = Evaluation['unscored'][number];

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
        { request, signal: context.signal, onRows },
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

interface SceneTask {
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  readonly roles: SceneRoles;
}

async function compareScene(
  opened: RunEvaluation,
  { item, grid, roles }: SceneTask,
  how: { request: EvaluateRequest; signal: AbortSignal; onRows: (rows: number) => void },
): Promise<{ scene: EvaluatedScene; confidenceScale: number | null }> {
  const { run, application, sources, categories } = opened;
  const { settings } = how.request;
  const open: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(one: T): T => {
    open.push(one);
    return one;
  };
  try {
    const map = keep(await openMapLayer(run, item, grid, 'class'));
    const confidence =
      layerPath(run, item, 'confidence') === null
        ? null
        : keep(await openMapLayer(run, item, grid, 'confidence'));
    const labels = keep(await openSceneLabels({ scene: item, grid, app: application }, sources));
    const numbered = settings.labelObjects === 'polygons' && labels.objects.length > 0;
    const evidence = await evaluateScene({
      grid,
      categories,
      rule: sceneRuleOf(settings),
      ports: {
        readMap: map.read,
        readLabels: (window: Window) => labels.rasterise(window),
        ...(confidence === null ? {} : { readConfidence: confidence.read }),
        ...(numbered
          ? { readLabelObjects: async (window: Window) => paintObjectNumbers(window, labels.objects) }
          : {}),
      },
      signal: how.signal,
      onRows: how.onRows,
    });
    return {
      scene: describeScene(opened, { item, grid, roles }, evidence),
      confidenceScale: confidence?.scale ?? null,
    };
  } finally {
    open.forEach((one) => one.close());
  }
}

const layerPath = (run: RunRecord, item: SceneItem, layer: string): string | null =>
  run.scenes.find(({ scene }) => scene === item.id)?.layers[layer] ?? null;

/** Opens a layer of a scene's map and checks that it lies on the scene's grid. Throws NO_LAYER, MAP_GRID_DIFFERS. */
export async function openMapLayer(
  run: RunRecord,
  item: SceneItem,
  grid: WorkingGrid,
  layer: string,
): Promise<OpenLayer> {
  const path = layerPath(run, item, layer);
  if (path === null) {
    throw contractError('NO_LAYER', `The map of '${item.id}' in run '${run.id}' has no layer '${layer}'.`, {
      hint: 'Run the map again.',
      context: { run: run.id, scene: item.id, layer },
    });
  }
  const opened = await openLayer(path);
  if (opened.width === grid.width && opened.height === grid.height) return opened;
  opened.close();
  throw contractError(
    'MAP_GRID_DIFFERS',
    `${path} has ${opened.width}x${opened.height} pixels, scene '${item.id}' at this run's working GSD ${grid.width}x${grid.height}.`,
    {
      hint: 'The scene was replaced after the run: run the map again.',
      context: { file: path, scene: item.id },
    },
  );
}

function describeScene(
  { run, sources }: RunEvaluation,
  { item, grid, roles }: SceneTask,
  evidence: EvaluatedScene['evidence'],
): EvaluatedScene {
  const toLonLat = lonLatTransform(parseCrs(item.properties['proj:wkt2']));
  const place = item.properties['resflow:place'];
  return {
    scene: item.id,
    place,
    role: roles.roleOf(item),
    placeInTraining: roles.trainPlaces.has(place),
    gsdMetres: grid.gsdMetres,
    labelSources: sourcesOf(item, sources).map(({ id }) => id),
    seamScore: run.scenes.find(({ scene }) => scene === item.id)?.seamScore ?? null,
    evidence,
    lonLatAt: (x, y) => {
      try {
        return toLonLat(...applyAffine(grid.transform, x, y));
      } catch {
        return null;
      }
    },
  };
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
      id: run.model.id,
      name: card?.name ?? run.model.id,
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
