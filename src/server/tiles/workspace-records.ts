import { runFile, scenesFolder } from '../../workspace/layout.ts';
import type { RunRecord } from '../../workspace/run-record.ts';
import { listRunIds, readRun } from '../../workspace/runs.ts';
import type { SceneItem } from '../../workspace/scene-record.ts';
import { readScenes } from '../../workspace/scenes.ts';
import { fileVersion, Watched } from '../watched.ts';

/** The scenes and runs of a workspace, kept in memory and read again when their files changed, at most once a second. */
export class WorkspaceRecords {
  readonly #root: string;
  readonly #scenes = new Watched<ReadonlyMap<string, SceneItem>>();
  readonly #runs = new Watched<RunRecord>();

  constructor(root: string) {
    this.#root = root;
  }

  /** All scenes by name, in the order of their names. Records are renamed into their folder, whose time tells of changes. */
  async scenes(): Promise<ReadonlyMap<string, SceneItem>> {
    const read = async () => {
      const scenes = await readScenes(this.#root, 'all');
      return new Map(scenes.map((scene) => [scene.id, scene]));
    };
    return this.#scenes.get('', () => fileVersion(scenesFolder(this.#root)), read);
  }

  /** All runs, oldest first. */
  async runs(): Promise<RunRecord[]> {
    return Promise.all((await listRunIds(this.#root)).map((id) => this.run(id)));
  }

  /** Throws workspace error NO_RUN. */
  async run(id: string): Promise<RunRecord> {
    const known = id === 'latest' ? ((await listRunIds(this.#root)).at(-1) ?? id) : id;
    return this.#runs.get(
      known,
      () => fileVersion(runFile(this.#root, known)),
      () => readRun(this.#root, known),
    );
  }
}
