import type { ModelCard } from '../model/card.ts';
import { teachingOptions, type Course, type RecipeName, type TrainingBudget } from './recipes.ts';
import { trainModel, type TrainedModel, type TrainingPorts, type TrainingRequest } from './train-model.ts';

/** A model that is there already; `folder` is absolute. */
export interface KnownModel {
  readonly card: ModelCard;
  readonly folder: string;
}

/** What all models of a recipe have in common. */
export interface CourseSetting {
  readonly recipe: RecipeName;
  readonly request: Omit<TrainingRequest, 'network' | 'budget' | 'id' | 'recipe' | 'title'>;
  readonly set: { readonly digest: string; readonly folder: string };
  readonly teachers: readonly KnownModel[];
}

/** One training of a recipe. */
export interface CourseRun {
  readonly course: Course;
  readonly network: string;
  readonly budget: TrainingBudget;
  readonly init: KnownModel | null;
  /** Its bucket; null for a model of all. */
  readonly bucket: number | null;
  /** The buckets file, and its digest; null where the recipe has no buckets. */
  readonly buckets: { readonly file: string; readonly digest: string } | null;
  readonly id: string | null;
  readonly title: string;
}

const MOST_EVERY = 250;
const LEAST_EVERY = 25;
/** Validations in a training whose steps are known, at least. */
const VALIDATIONS = 8;

/** Trains one model of a recipe, or finds it. Files are named in spec.json, and known by their digests. */
export function trainCourse(
  run: CourseRun,
  setting: CourseSetting,
  ports: TrainingPorts,
): Promise<TrainedModel> {
  const { course, network, budget, init, bucket, buckets } = run;
  const trunk = course.conditional === 'trunk';
  const teachers = course.teacher ? setting.teachers : [];
  const validation = !budget.maxSteps ? {} : { validation: validationOf(budget.maxSteps) };
  const options = { recipe: setting.recipe, ...course.options, ...validation };
  const identity = {
    ...options,
    init: init === null ? null : digestOfModel(init),
    conditional: course.conditional ?? null,
    buckets: bucket === null && !trunk ? null : [buckets?.digest ?? null, bucket, course.ownShare],
    teachers: teachers.map(digestOfModel),
    teaching: teachers.length === 0 ? null : teachingOptions,
  };
  const spec = {
    ...options,
    ...(init === null ? {} : { init: init.folder }),
    ...(bucket === null ? {} : { buckets: { file: buckets?.file, bucket, ownShare: course.ownShare } }),
    ...(trunk ? { conditional: { file: buckets?.file } } : {}),
    ...(course.conditional === 'fold' ? { initBucket: bucket } : {}),
    ...(teachers.length === 0
      ? {}
      : { teacher: { models: teachers.map(({ folder }) => folder), ...teachingOptions } }),
  };
  const prefix = bucket === null ? setting.recipe : `${setting.recipe}-b${bucket}`;
  const { id, title } = run;
  return trainModel(
    { ...setting.request, network, budget, id, prefix, title, recipe: { identity, spec } },
    setting.set,
    ports,
  );
}

const digestOfModel = ({ card }: KnownModel): string => card.variants.float32.sha256;

const validationOf = (steps: number) => ({
  everySteps: Math.min(MOST_EVERY, Math.max(LEAST_EVERY, Math.floor(steps / VALIDATIONS))),
});
