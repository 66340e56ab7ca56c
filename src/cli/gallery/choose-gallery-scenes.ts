import { contractError, usageError } from '../../core/errors.ts';
import { checkScene, type CheckedScene } from '../../ingest/check-scenes.ts';
import type { SceneBand, SceneItem } from '../../workspace/scene-record.ts';
import { readScenes } from '../../workspace/scenes.ts';

/** A scene that goes into the gallery, and the bands the encoder gets. */
export interface GalleryScene {
  readonly item: SceneItem;
  readonly bands: readonly SceneBand[];
}

export interface RefusedScene {
  readonly scene: string;
  readonly problems: CheckedScene['problems'];
}

/** Scenes are read at the gallery's GSD; those that would have to be enlarged by more than this show nothing at it. */
const MOST_ENLARGED = 4;
const MOST_REDUCED = 32;

/** The scenes that were asked for. Throws NO_SCENES_CHOSEN. */
export async function chosenScenes(
  root: string,
  input: { scenes?: string[]; all?: boolean },
): Promise<SceneItem[]> {
  if (input.scenes !== undefined && input.scenes.length > 0) {
    return readScenes(root, [...new Set(input.scenes)]);
  }
  if (input.all === true) return readScenes(root, 'all');
  throw usageError('NO_SCENES_CHOSEN', 'Which scenes?', {
    hint: 'Give --scenes ID,ID or --all; `resflow scene list` shows them.',
  });
}

/** Those whose bands, GSD and source are as needed; the others with the reasons. Throws ALL_SCENES_REFUSED. */
export async function fittingScenes(
  items: readonly SceneItem[],
  needs: { readonly bands: readonly string[]; readonly gsdMetres: number },
): Promise<{ scenes: GalleryScene[]; refused: RefusedScene[] }> {
  const { bands: names, gsdMetres } = needs;
  const gsdRange = { min: gsdMetres / MOST_REDUCED, max: gsdMetres * MOST_ENLARGED };
  const scenes: GalleryScene[] = [];
  const refused: RefusedScene[] = [];
  for (const item of items) {
    const { problems, bands } = await checkScene(item, { bands: names, gsdRange });
    if (problems.length === 0) scenes.push({ item, bands });
    else refused.push({ scene: item.id, problems });
  }
  const [first] = refused;
  if (scenes.length > 0) return { scenes, refused };
  throw contractError(
    'ALL_SCENES_REFUSED',
    first === undefined
      ? 'There is no scene for the gallery.'
      : `No scene can be put into the gallery: '${first.scene}': ${first.problems[0]?.message ?? ''}`,
    {
      hint: first?.problems[0]?.hint ?? 'Add some with `resflow scene add`.',
      context: { refused: refused.map(({ scene }) => scene) },
    },
  );
}
