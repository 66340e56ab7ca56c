import { Kept } from '../core/kept.ts';
import type { WorkingGrid } from '../geo/working-grid.ts';
import type { ReaderInto } from '../raster/pixel-block.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import { checkStorageRoots } from '../workspace/storage-roots.ts';

export interface OpenScene {
  readonly item: SceneItem;
  readonly grid: WorkingGrid;
  readonly reader: ReaderInto;
}

/** A worker's open scenes: the last `most` of them. `roots`: storage that they may be read from; null: any. */
export class OpenScenes {
  readonly #root: string;
  readonly #roots: readonly string[] | null;
  readonly #kept: Kept<OpenScene>;

  constructor(root: string, roots: readonly string[] | null, most: number) {
    this.#root = root;
    this.#roots = roots;
    this.#kept = new Kept(({ reader }) => reader.close(), most);
  }

  /** The scene of a task, to be read in these bands of its file. */
  get(
    { scene, parameters: { gsdMetres } }: { scene: string; parameters: { gsdMetres: number | null } },
    bands: readonly number[],
  ): Promise<OpenScene> {
    return this.#kept.get(`${scene} ${bands.join(',')} ${gsdMetres}`, async () => {
      const item = await readScene(this.#root, scene);
      await checkStorageRoots(item, this.#roots);
      const grid = sceneGrid(item, gsdMetres);
      return { item, grid, reader: await openSceneReader(sceneSource(item, bands), grid) };
    });
  }
}
