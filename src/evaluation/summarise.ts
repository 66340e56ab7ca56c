import type { SceneEvidence } from './evaluate-scene.ts';
import type { SceneRole, Summary } from './schema.ts';
import { placeMean, scoreSet, type ScoreRule } from './score-set.ts';

export interface ScoredScene {
  readonly scene: string;
  readonly place: string;
  readonly role: SceneRole;
  readonly evidence: SceneEvidence;
}

/** Pools the scenes of one role and takes the mean over their places; null where there is no such scene. */
export function summarise(scenes: readonly ScoredScene[], role: SceneRole, rule: ScoreRule): Summary | null {
  const chosen = scenes.filter((scene) => scene.role === role);
  if (chosen.length === 0) return null;
  const byPlace = new Map<string, SceneEvidence[]>();
  for (const { place, evidence } of chosen) byPlace.set(place, [...(byPlace.get(place) ?? []), evidence]);
  return {
    scenes: chosen.map(({ scene }) => scene),
    pooled: scoreSet(
      chosen.map(({ evidence }) => evidence),
      rule,
    ),
    meanOverPlaces: placeMean(byPlace, rule),
  };
}
