import { inputError, toResflowError } from '../core/errors.ts';
import type { Progress } from '../core/progress.ts';
import { refusal, type RefusedFile } from '../core/refused-file.ts';
import { gdalPath, isRemote, isVirtual } from '../raster/gdal-path.ts';
import { checkIdentity } from '../raster/source-identity.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScenes, writeScene } from '../workspace/scenes.ts';
import { inspectScene, type SceneOptions } from './inspect-scene.ts';
import { nameScene } from './scene-naming.ts';
import type { SceneSource } from './stac-sources.ts';

export type AddedStatus = 'added' | 'existing' | 'replaced';

export interface AddResult {
  readonly added: { readonly scene: SceneItem; readonly status: AddedStatus }[];
  readonly refused: RefusedFile[];
}

export interface AddOptions extends SceneOptions {
  /** The identifier to give; for a single source only. */
  readonly id: string | null;
  readonly replace: boolean;
}

export interface AddPorts {
  readonly root: string;
  readonly now: Date;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Adds sources as scenes, one record each; pixels stay where they are. A source that cannot be used is listed among the
 * refused and hinders no other. A source that is there already, unchanged and with the same place and split, is reported
 * as existing and left alone.
 */
export async function addScenes(
  sources: readonly SceneSource[],
  options: AddOptions,
  ports: AddPorts,
): Promise<AddResult> {
  const scenes = new Map((await readScenes(ports.root, 'all')).map((scene) => [scene.id, scene]));
  const result: AddResult = { added: [], refused: [] };
  if (sources.length > 1) ports.progress.start('Adding scenes', sources.length, 'scenes');
  for (const [i, source] of sources.entries()) {
    ports.signal.throwIfAborted();
    try {
      result.added.push(await addScene(source, scenes, options, ports));
    } catch (error) {
      const known = toResflowError(error);
      if (known.family !== 'input' && known.family !== 'contract') throw known;
      result.refused.push(refusal(source.href, known));
    }
    if (sources.length > 1) ports.progress.update(i + 1, source.href);
  }
  return result;
}

async function addScene(
  source: SceneSource,
  scenes: Map<string, SceneItem>,
  options: AddOptions,
  ports: AddPorts,
): Promise<AddResult['added'][number]> {
  const { href } = source;
  const address = isRemote(href) || isVirtual(href) ? href : gdalPath(href);
  const same = [...scenes.values()].find((scene) => scene.assets.image.href === address);
  const id = options.id ?? same?.id ?? nameScene(address, source.id, new Set(scenes.keys()));
  const there = scenes.get(id);
  if (there !== undefined && !options.replace) {
    if (there.assets.image.href !== address) throw idTaken(id, there, address);
    await checkIdentity(there.properties['resflow:source']);
    checkSameStatement(there, options);
    return { scene: there, status: 'existing' };
  }
  const said = { ...options, date: options.date ?? source.date, bands: options.bands ?? source.bands };
  const scene = await inspectScene(address, id, said, ports.now);
  ports.signal.throwIfAborted();
  await writeScene(ports.root, scene);
  scenes.set(id, scene);
  return { scene, status: there === undefined ? 'added' : 'replaced' };
}

const idTaken = (id: string, there: SceneItem, href: string) =>
  inputError('ID_TAKEN', `Scene '${id}' exists and is another file: ${there.assets.image.href}.`, {
    hint: 'Choose another `--id`, or replace that scene with `--replace`.',
    context: { scene: id, file: href },
  });

/** What is said now must be what was said before; silently keeping the old word would mislead. */
function checkSameStatement(there: SceneItem, options: AddOptions): void {
  const { properties } = there;
  const [place, split] = [properties['resflow:place'], properties['resflow:split']];
  const differs: string[] = [];
  if (place !== options.place) differs.push(`place '${place}', now '${options.place}'`);
  if (options.split !== null && split !== options.split)
    differs.push(`split ${split ?? 'none'}, now ${options.split}`);
  if (differs.length === 0) return;
  throw inputError('SCENE_EXISTS', `Scene '${there.id}' was added before, with ${differs.join('; ')}.`, {
    hint: 'Use `--replace` to record it anew; nothing was changed.',
    context: { scene: there.id },
  });
}
