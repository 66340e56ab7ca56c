import { sceneCells } from '../../gallery/scene-cells.ts';
import { identityChanges } from '../../raster/source-identity.ts';
import { sceneChipsFolder } from '../../workspace/layout.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import { readSceneChips } from '../../workspace/partitions.ts';
import { sceneCodesRecord, type SceneCodesRecord } from '../../workspace/scene-codes.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';

/** The codes that a partition's gallery has of a scene as it is now; null where it has none. */
export async function galleryCodes(
  root: string,
  { digest, gsdMetres, chipPixels, unknown }: Partition,
  item: SceneItem,
): Promise<SceneCodesRecord | null> {
  const record = await readSceneChips(root, digest, item.id);
  if (record === null || identityChanges(record.source, item.properties['resflow:source']).length > 0)
    return null;
  const cells = await sceneCells(sceneChipsFolder(root, digest, item.id), unknown !== undefined);
  const columns = Math.ceil(sceneGrid(item, gsdMetres).width / chipPixels);
  const about = { scene: item.id, partition: digest, columns, codeBytes: record.codeBytes };
  const chips = cells.map(({ x, y, code, novelty }) => {
    return { column: x / chipPixels, row: y / chipPixels, code, novelty };
  });
  return sceneCodesRecord(about, chips);
}
