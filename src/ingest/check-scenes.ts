import { toResflowError } from '../core/errors.ts';
import { openRaster } from '../raster/open-dataset.ts';
import { checkIdentity } from '../raster/source-identity.ts';
import { checkSceneContract, type SceneNeeds } from '../workspace/scene-contract.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';

export interface CheckedScene {
  readonly id: string;
  readonly problems: readonly {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
  }[];
  /** The scene's bands in the wanted order; only those found where some are missing. */
  readonly bands: readonly SceneBand[];
}

/** Everything that would make a scene be refused: the input contract, and whether its source is there, unchanged and readable. */
export async function checkScene(scene: SceneItem, needs: SceneNeeds): Promise<CheckedScene> {
  const contract = checkSceneContract(scene, needs);
  const problems: CheckedScene['problems'][number][] = [...contract.problems];
  try {
    await checkIdentity(scene.properties['resflow:source']);
    (await openRaster(scene.assets.image.href)).dataset.close();
  } catch (error) {
    const { code, message, hint } = toResflowError(error);
    problems.push({ code, message, hint: hint ?? null });
  }
  return { id: scene.id, problems, bands: contract.bands };
}
