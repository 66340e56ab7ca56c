import type { SceneRole } from '../evaluation/schema.ts';
import type { ModelCard } from '../model/card.ts';
import { gdal } from '../raster/gdal.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';

/** How scenes stand to the making of a model. */
export interface SceneRoles {
  roleOf(item: SceneItem): SceneRole;
  readonly trainPlaces: ReadonlySet<string>;
  readonly notes: readonly string[];
}

/** A scene whose footprint lies on training ground by more than this share is not new to the model. */
const OVERLAP_LIMIT = 0.01;

/**
 * Roles by the card's lists of training and validation scenes; a scene that covers the same ground as one of them
 * counts as that one. Scenes of the card that have left the workspace are known by name only.
 */
export async function sceneRoles(root: string, card: ModelCard | null): Promise<SceneRoles> {
  const training = card?.training ?? null;
  const train = await knownScenes(root, training?.trainScenes ?? []);
  const validation = await knownScenes(root, training?.validationScenes ?? []);
  const notes: string[] = [];
  if (card !== null && training === null) {
    notes.push(
      'The model was brought from elsewhere and does not say what it was trained on: scenes counted as unseen may not be.',
    );
  }
  return {
    trainPlaces: new Set(train.items.map((item) => item.properties['resflow:place'])),
    notes,
    roleOf: (item) => {
      if (train.ids.has(item.id)) return 'train';
      if (validation.ids.has(item.id)) return 'validation';
      const over = [...train.items, ...validation.items].find(
        (other) => overlapShare(item, other) > OVERLAP_LIMIT,
      );
      if (over === undefined) return 'unseen';
      const role = train.ids.has(over.id) ? 'train' : 'validation';
      notes.push(
        `${item.id} covers the same ground as ${over.id}, a ${role === 'train' ? 'training' : 'validation'} scene: it is not counted as unseen.`,
      );
      return role;
    },
  };
}

async function knownScenes(
  root: string,
  ids: readonly string[],
): Promise<{ ids: Set<string>; items: SceneItem[] }> {
  const items = await Promise.all(ids.map((id) => readScene(root, id).catch(() => null)));
  return { ids: new Set(ids), items: items.filter((item) => item !== null) };
}

/** Share of `a`'s footprint that lies in `b`'s; in degrees, which is near enough at a scene's size. */
function overlapShare(a: SceneItem, b: SceneItem): number {
  const [own, other] = [gdal.Geometry.fromGeoJson(a.geometry), gdal.Geometry.fromGeoJson(b.geometry)];
  if (!own.intersects(other)) return 0;
  const common = own.intersection(other);
  const area = (geometry: unknown) =>
    typeof geometry === 'object' &&
    geometry !== null &&
    'getArea' in geometry &&
    typeof geometry.getArea === 'function'
      ? Number(geometry.getArea())
      : 0;
  return area(common) / area(own);
}
