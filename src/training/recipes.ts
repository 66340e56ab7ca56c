/** Ways to train specialists, and the student for everything. */
export const RECIPES = [
  'distilled',
  'distilled-conditional',
  'finetune',
  'conditional',
  'scratch',
  'distilled-mono',
] as const;
export type RecipeName = (typeof RECIPES)[number];

/** Members of spec.json that decide numbers and name no files. */
export type RecipeOptions = Readonly<Record<string, unknown>>;

/** How one model of a recipe is trained. */
export interface Course {
  /** What it starts from; null: fresh weights. */
  readonly init: 'mono' | 'shared' | null;
  /** Share of the crops that lie in its own bucket; null: it is of no bucket. */
  readonly ownShare: number | null;
  readonly teacher: boolean;
  /** `trunk`: learns all buckets at once, each with scales and offsets of its own; `fold`: is taken out of such a trunk. */
  readonly conditional?: 'trunk' | 'fold';
  readonly options: RecipeOptions;
}

export interface Recipe {
  readonly name: RecipeName;
  /** One model for all buckets, trained first, with this share of the budget. */
  readonly shared: { readonly course: Course; readonly share: number } | null;
  /** The course of each bucket's model; null: there are none. */
  readonly bucket: Course | null;
}

/** The mix of weights, from what a training started from (0) to what it came to (1), is chosen by validation. */
const MIX = [0, 0.25, 0.5, 0.75, 1];
const UNLABELLED_SHARE = 0.5;
/** A quarter of Mono's learning rate. */
const GENTLE = { optimiser: { learningRate: 5e-4, weightDecay: 1e-4, warmupSteps: 50 } };
const FROZEN = { batchNorm: 'frozen', ...GENTLE };
const WARM = { ...FROZEN, mix: MIX };
const STUDENT: Course = { init: null, ownShare: null, teacher: true, options: {} };
const FOLDED: Course = { init: 'shared', ownShare: 0.5, teacher: false, conditional: 'fold', options: {} };
const TEACHING = { weight: 1, unlabelledShare: UNLABELLED_SHARE };

/** What the trainer is told of a teacher, beside its folders. */
export const teachingOptions = TEACHING;

const TABLE: Readonly<Record<RecipeName, Recipe>> = {
  scratch: {
    name: 'scratch',
    shared: null,
    bucket: { init: null, ownShare: 1, teacher: false, options: {} },
  },
  finetune: {
    name: 'finetune',
    shared: null,
    bucket: { init: 'mono', ownShare: 0.5, teacher: false, options: WARM },
  },
  conditional: {
    name: 'conditional',
    shared: {
      course: { init: 'mono', ownShare: null, teacher: false, conditional: 'trunk', options: FROZEN },
      share: 1,
    },
    bucket: FOLDED,
  },
  'distilled-conditional': {
    name: 'distilled-conditional',
    shared: { course: { ...STUDENT, conditional: 'trunk' }, share: 1 },
    bucket: FOLDED,
  },
  distilled: {
    name: 'distilled',
    shared: { course: STUDENT, share: 0.5 },
    bucket: { init: 'shared', ownShare: 0.5, teacher: true, options: WARM },
  },
  'distilled-mono': {
    name: 'distilled-mono',
    shared: { course: STUDENT, share: 1 },
    bucket: null,
  },
};

export const recipeOf = (name: RecipeName): Recipe => TABLE[name];

export interface TrainingBudget {
  readonly maxMinutes?: number;
  readonly maxSteps?: number;
}

/**
 * Divides the budget of all models of a recipe together, evenly between networks: the shared model's part, and that of each
 * bucket's. Pure.
 */
export function divideBudget(
  recipe: Recipe,
  budget: TrainingBudget,
  { buckets, networks }: { buckets: number; networks: number },
): { shared: TrainingBudget; bucket: TrainingBudget } {
  const share = recipe.shared?.share ?? 0;
  const steps = budget.maxSteps === undefined ? null : Math.floor(budget.maxSteps / networks);
  const forShared = Math.round((steps ?? 0) * share);
  const each = Math.floor(((steps ?? 0) - forShared) / Math.max(1, buckets));
  const part = (timeShare: number, whole: number): TrainingBudget => ({
    ...(budget.maxMinutes === undefined ? {} : { maxMinutes: (budget.maxMinutes * timeShare) / networks }),
    ...(steps === null ? {} : { maxSteps: Math.max(1, whole) }),
  });
  // Folding trains nothing.
  const folds = recipe.bucket?.conditional === 'fold';
  const bucket = folds ? { maxSteps: 0 } : part((1 - share) / Math.max(1, buckets), each);
  return { shared: part(share, forShared), bucket };
}
