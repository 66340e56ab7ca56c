import type { SceneEvidence } from './evaluate-scene.ts';
import { BACKGROUND } from './categories.ts';
import type { Evaluation, SceneRole, SceneScore, ScoreSet, WorstBlock } from './schema.ts';
import { scoreSet, type ScoreRule } from './score-set.ts';
import { summarise } from './summarise.ts';
import { worstBlocks } from './worst-blocks.ts';

/** One scene that was compared with its labels, and what is known of it beside its pixels. */
export interface EvaluatedScene {
  readonly scene: string;
  readonly place: string;
  readonly role: SceneRole;
  readonly placeInTraining: boolean;
  readonly gsdMetres: number;
  readonly labelSources: readonly string[];
  readonly seamScore: number | null;
  readonly evidence: SceneEvidence;
  /** Degrees of a point in grid pixels; null where it has no place on the ground. */
  readonly lonLatAt: (x: number, y: number) => readonly [number, number] | null;
}

export interface EvaluationParts {
  /** What does not come from pixels. */
  readonly head: Pick<
    Evaluation,
    | 'run'
    | 'application'
    | 'created'
    | 'model'
    | 'classes'
    | 'unscored'
    | 'seamScore'
    | 'performance'
    | 'settings'
  >;
  readonly scenes: readonly EvaluatedScene[];
  readonly rule: ScoreRule;
  readonly notes: readonly string[];
}

const WORST_PER_SCENE = 4;

/** The document: every scene, the summary over unseen ones, and what a reader has to be told. Pure. */
export function assembleEvaluation({ head, scenes, rule, notes }: EvaluationParts): Evaluation {
  const headline = summarise(scenes, 'unseen', rule);
  const evaluation: Evaluation = {
    version: 1,
    ...head,
    headline,
    seen: { validation: summarise(scenes, 'validation', rule), train: summarise(scenes, 'train', rule) },
    scenes: scenes.map((scene) => sceneScore(scene, rule)),
    notes: [...notes],
  };
  return { ...evaluation, notes: [...evaluation.notes, ...cautions(evaluation)] };
}

function sceneScore(scene: EvaluatedScene, rule: ScoreRule): SceneScore {
  const { evidence, lonLatAt, labelSources, ...known } = scene;
  return {
    ...known,
    labelSources: [...labelSources],
    objectsOmitted: evidence.objectsOmitted,
    scores: scoreSet([evidence], rule),
    worst: worstBlocks(evidence, rule.categories, WORST_PER_SCENE).map(({ window, ...error }): WorstBlock => {
      const lonLat = lonLatAt(window.x + window.width / 2, window.y + window.height / 2);
      return {
        scene: scene.scene,
        window: { ...window },
        lonLat: lonLat === null ? null : [...lonLat],
        ...error,
      };
    }),
  };
}

function cautions({ headline, scenes, settings }: Evaluation): string[] {
  const found: string[] = [];
  if (headline === null) {
    found.push(
      'No scene with labels was new to the model: nothing here says how good its map of a new scene is.',
    );
  } else if (!headline.pooled.blocks.intervalsReliable) {
    found.push(
      `The headline rests on ${headline.pooled.blocks.count} blocks of ${settings.blockMetres} m; below ${settings.minReliableBlocks} the intervals are too narrow to be trusted.`,
    );
  }
  for (const { scene, objectsOmitted, scores } of scenes) {
    if (objectsOmitted !== null) found.push(`Objects of ${scene} were not scored: ${objectsOmitted}.`);
    if (withoutBackground(scores)) {
      found.push(
        `Nothing in ${scene} is labelled as background, so false alarms cannot be seen: its IoU, F1 and precision are too good, only recall means something. If its labels are complete, add them with --complete.`,
      );
    }
    const { labelled, labelledUnmapped } = scores.pixels;
    if (labelledUnmapped > 0.01 * labelled) {
      found.push(
        `${Math.round((100 * labelledUnmapped) / labelled)} % of the labelled pixels of ${scene} are not mapped and not scored.`,
      );
    }
  }
  return found;
}

/** Labels of classes only, in an application that has background. */
function withoutBackground({ confusion, pixels }: ScoreSet): boolean {
  const [background = []] = confusion.counts;
  return confusion.categories[0] === BACKGROUND.name && pixels.scored > 0 && background.every((n) => n === 0);
}
