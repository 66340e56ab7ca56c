import type { EvaluatedScene } from '../evaluation/assemble-evaluation.ts';
import { evaluateScene } from '../evaluation/evaluate-scene.ts';
import type { EvaluationSettings } from '../evaluation/schema.ts';
import { sceneRuleOf } from '../evaluation/settings.ts';
import { applyAffine } from '../geo/affine.ts';
import type { Window } from '../geo/window.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import { paintObjectNumbers } from '../labels/paint-object-numbers.ts';
import { openSceneLabels, sourcesOf } from '../labels/scene-labels.ts';
import { lonLatTransform, parseCrs } from '../raster/crs.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { layerPath, openMapLayer } from './open-map-layer.ts';
import type { RunEvaluation } from './open-run-evaluation.ts';
import type { SceneRoles } from './scene-roles.ts';

export interface SceneTask {
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  readonly roles: SceneRoles;
}

/** Compares the map of one scene with its labels, both read by window. Throws what reading them throws. */
export async function compareScene(
  opened: RunEvaluation,
  { item, grid, roles }: SceneTask,
  how: { settings: EvaluationSettings; signal: AbortSignal; onRows: (rows: number) => void },
): Promise<{ scene: EvaluatedScene; confidenceScale: number | null }> {
  const { run, application, sources, categories } = opened;
  const { settings } = how;
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
        readMap: (window) => map.read(window),
        readLabels: (window) => labels.rasterise(window),
        ...(confidence === null ? {} : { readConfidence: (window: Window) => confidence.read(window) }),
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
