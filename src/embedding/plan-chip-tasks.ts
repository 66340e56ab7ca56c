import { digestOf } from '../core/digest.ts';
import type { ChipParameters, ChipTask } from '../engine/chip-task.ts';
import type { Window } from '../geo/window.ts';
import type { Normalisation } from '../model/card.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import { sceneIdentity } from '../workspace/scene-identity.ts';
import type { SceneBand, SceneItem } from '../workspace/scene-record.ts';

/** Raised whenever the same task would give other embeddings or codes than before. */
const CHIP_CODE_VERSION = 1;
/** A region is this many chips a side: a task of some seconds, and a strip of a few MB. */
const REGION_CHIPS = 8;

/** A network of the gallery, as tasks name it. */
export interface TaskNetwork {
  /** Relative to the workspace. */
  readonly folder: string;
  readonly sha256: string;
}

export interface ChipPlan {
  readonly encoder: TaskNetwork & { readonly normalisation: Normalisation };
  /** null: embed only. */
  readonly hash: (TaskNetwork & { readonly bits: number }) | null;
  /** Known looks beside the hash network; null: how new chips are is not asked. */
  readonly looks?: { readonly sha256: string; readonly dims: number } | null;
  readonly parameters: ChipParameters;
}

/** The chips of a grid inside a window, row by row: they lie side by side from the grid's origin, the last ones hang over. */
export function chipsOf(
  grid: { readonly width: number; readonly height: number },
  window: Window,
  chipPixels: number,
): Window[] {
  const chips: Window[] = [];
  const to = (start: number, length: number, limit: number) => Math.min(start + length, limit);
  const first = (start: number) => Math.ceil(start / chipPixels) * chipPixels;
  for (let y = first(window.y); y < to(window.y, window.height, grid.height); y += chipPixels) {
    for (let x = first(window.x); x < to(window.x, window.width, grid.width); x += chipPixels) {
      chips.push({ x, y, width: chipPixels, height: chipPixels });
    }
  }
  return chips;
}

/** A chip's name: its scene, and row and column of its first pixel on the scene's grid at the gallery's GSD. */
export const chipId = (scene: string, { x, y }: { x: number; y: number }): string => `${scene}/${y}-${x}`;

/** The tasks of one scene: regions of whole chips. Equal inputs give equal identities, so what was done is found again. */
export function planChipTasks(scene: SceneItem, bands: readonly SceneBand[], plan: ChipPlan): ChipTask[] {
  const { encoder, hash, parameters, looks = null } = plan;
  const grid = sceneGrid(scene, parameters.gsdMetres);
  const identity = {
    code: CHIP_CODE_VERSION,
    kind: 'chip-region',
    ...sceneIdentity(scene, bands),
    encoder: encoder.sha256,
    normalisation: encoder.normalisation,
    parameters,
  };
  const embedding = digestOf(identity);
  const coding = digestOf({
    ...identity,
    hash: hash === null ? null : [hash.sha256, hash.bits],
    ...(looks === null ? {} : { looks }),
  });
  return regionsOf(grid, parameters.chipPixels).map((window): ChipTask => {
    const embeddedBy = digestOf({ prefix: embedding, window });
    return {
      version: 1,
      kind: 'chip-region',
      id: hash === null ? embeddedBy : digestOf({ prefix: coding, window }),
      scene: scene.id,
      bands: bands.map((band) => band.index),
      window,
      encoder: { folder: encoder.folder, sha256: encoder.sha256 },
      hash,
      looks,
      embeddedBy: hash === null ? null : embeddedBy,
      parameters,
    };
  });
}

function regionsOf(grid: { width: number; height: number }, chipPixels: number): Window[] {
  const side = chipPixels * REGION_CHIPS;
  const length = (start: number, limit: number) =>
    Math.min(side, Math.ceil((limit - start) / chipPixels) * chipPixels);
  const regions: Window[] = [];
  for (let y = 0; y < grid.height; y += side) {
    for (let x = 0; x < grid.width; x += side) {
      regions.push({ x, y, width: length(x, grid.width), height: length(y, grid.height) });
    }
  }
  return regions;
}
