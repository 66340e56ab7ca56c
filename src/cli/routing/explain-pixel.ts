import { join } from 'node:path';
import { inputError } from '../../core/errors.ts';
import { applyAffine, invertAffine } from '../../geo/affine.ts';
import type { LonLat } from '../../geo/ground-distance.ts';
import { NO_CLASS } from '../../model/class-record.ts';
import { modelCardSchema, type ModelCard } from '../../model/card.ts';
import { crsTransform } from '../../raster/crs.ts';
import { modelFolder } from '../../workspace/layout.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import { readScene } from '../../workspace/scenes.ts';
import { readRecordIfAny } from '../../workspace/workspace.ts';
import { valueOf, type MapPixel } from './map-pixel.ts';
import { explainRouting, type ExplainedRouting } from './explain-routing.ts';

export interface ExplainRequest {
  readonly at: LonLat;
  /** How many chips that look alike are named. */
  readonly limit: number;
}

export interface Explained {
  readonly run: string;
  readonly at: LonLat;
  readonly scene: string;
  readonly column: number;
  readonly row: number;
  readonly classId: number;
  readonly className: string;
  /** Probability of the class given. */
  readonly confidence: number;
  /** The model that mapped it. */
  readonly model: string;
  /** Of that model, as its card states them. */
  readonly cardScores: ModelCard['scores'];
  /** null: the run has one model. */
  readonly routing: ExplainedRouting | null;
}

/**
 * Explains one place of a run's maps; where several scenes show it, the first with data there. Throws input errors
 * NOT_ON_MAP and NO_DATA_THERE.
 */
export async function explainPixel(
  root: string,
  run: RunRecord,
  { at, limit }: ExplainRequest,
): Promise<Explained> {
  const pixels = await pixelsAt(root, run, at);
  const [lon, lat] = at;
  const where = { run: run.id, lon, lat };
  if (pixels.length === 0) {
    throw inputError('NOT_ON_MAP', `No map of run '${run.id}' holds longitude ${lon}, latitude ${lat}.`, {
      hint: 'Longitude comes first, in degrees; `resflow map show RUN` says which scenes are mapped, `resflow scene list` where they are.',
      context: where,
    });
  }
  const pixel = pixels.find((one) => valueOf(one, 'class') !== NO_CLASS);
  if (pixel === undefined) {
    const scenes = pixels.map(({ item }) => item.id);
    throw inputError('NO_DATA_THERE', `Scene '${scenes.join("', '")}' has no data at ${lon}, ${lat}.`, {
      hint: 'The map is empty there; ask for a place with data.',
      context: { ...where, scenes },
    });
  }
  const routing = run.gallery === undefined ? null : await explainRouting(root, run, pixel, limit);
  const model = routing?.model ?? run.model.id;
  const card = await cardOf(root, run.application, model);
  const classId = valueOf(pixel, 'class');
  return {
    run: run.id,
    at,
    scene: pixel.item.id,
    column: pixel.column,
    row: pixel.row,
    classId,
    className: card?.classes.find(({ id }) => id === classId)?.name ?? 'background',
    confidence: valueOf(pixel, 'confidence') / 255,
    model,
    cardScores: card?.scores ?? {},
    routing,
  };
}

/** The place on every finished map that has it, in the run's order. */
async function pixelsAt(root: string, run: RunRecord, at: LonLat): Promise<MapPixel[]> {
  const found: MapPixel[] = [];
  for (const { scene, status, layers } of run.scenes) {
    if (status !== 'done') continue;
    const item = await readScene(root, scene);
    const grid = sceneGrid(item, run.parameters.gsdMetres);
    const place = crsTransform('OGC:CRS84', item.properties['proj:wkt2'])(...at);
    if (place === null) continue;
    const [column, row] = applyAffine(invertAffine(grid.transform), ...place).map(Math.floor);
    if (column === undefined || row === undefined) continue;
    if (column >= 0 && row >= 0 && column < grid.width && row < grid.height)
      found.push({ item, column, row, layers });
  }
  return found;
}

/** A model's card; null for the no-op classifier, and for a model that was removed. */
const cardOf = (root: string, app: string, model: string): Promise<ModelCard | null> =>
  readRecordIfAny(join(modelFolder(root, app, model), 'card.json'), modelCardSchema);
