import type { Categories } from './categories.ts';
import type { SceneRule } from './evaluate-scene.ts';
import type { EvaluationSettings } from './schema.ts';
import type { ScoreRule } from './score-set.ts';

/** Sides of the blocks of ground that the bootstrap resamples, metres. */
export const DEFAULT_BLOCK_METRES = 50;
/** The boundary tolerance is this many pixels of the working GSD. */
export const DEFAULT_BOUNDARY_PIXELS = 2;

/** Why these: design choices that every evaluation states in its document. */
export const FIXED_SETTINGS = {
  /** Above it a match is the only one possible. */
  matchIou: 0.5,
  /** Objects that reach out of the labelled ground count if at least half of them can be judged. */
  minJudgedShare: 0.5,
  /** Houses that touch at a corner are two, as GDAL's polygonize has it. */
  connectivity: 4,
  reliabilityBins: 15,
  /** Percentile intervals from fewer blocks are known to be too narrow. */
  minReliableBlocks: 20,
} as const;

/** Patches, joined ones counted apiece, of the map and of the labels each; at the limit they take about 0.5 GiB. */
const OBJECT_LIMIT = 2_000_000;
const STRIP_PIXELS = 8 * 1024 * 1024;

export const sceneRuleOf = (settings: EvaluationSettings): SceneRule => ({
  blockMetres: settings.blockMetres,
  boundaryMetres: settings.boundaryMetres,
  matchIou: settings.matchIou,
  minObjectM2: settings.minObjectM2,
  minJudgedShare: settings.minJudgedShare,
  connectivity: settings.connectivity,
  objectLimit: OBJECT_LIMIT,
  stripPixels: STRIP_PIXELS,
});

export const scoreRuleOf = (
  settings: EvaluationSettings,
  categories: Categories,
  confidenceScale: number | null,
): ScoreRule => ({
  categories,
  bootstrap: settings.bootstrap,
  reliabilityBins: settings.reliabilityBins,
  confidenceScale,
  minReliableBlocks: settings.minReliableBlocks,
});
