import { contractError, inputError, usageError } from '../core/errors.ts';
import type { Window } from '../geo/window.ts';
import { openSceneLabels, sourcesOf } from '../labels/scene-labels.ts';
import { openSceneReader } from '../raster/scene-reader.ts';
import type { BuiltTrainingSet, TrainingSetInput } from '../training/build-training-set.ts';
import { buildTrainingSet } from '../training/build-training-set.ts';
import { splitByBlocks, splitByPlace } from '../training/plan-split.ts';
import { refuseSplitLeaks } from '../training/split-leaks.ts';
import { partsOf, type PlannedScene } from '../training/write-scene-arrays.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import type { LabelSource } from '../workspace/label-record.ts';
import { checkSceneContract } from '../workspace/scene-contract.ts';
import { sceneGrid, sceneSource } from '../workspace/scene-grid.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScenes } from '../workspace/scenes.ts';
import { readSplitPlan, type SplitPlan } from '../workspace/split-record.ts';
import type { CommandContext } from './command.ts';
import { askedSplit, type TrainingInput } from './training-request.ts';

/** Validation where nobody set any aside: this share of the labels, by place. */
const HELD_BACK_SHARE = 0.2;
/** Blocks of ground where there is but one place: pixels of the working grid. */
export const DEFAULT_BLOCK_PIXELS = 512;
export const DEFAULT_GUARD_PIXELS = 96;

type AskedSplit = NonNullable<PreparedTraining['split']>;

/** A training set that is ready, and how it is split. */
export interface PreparedTraining {
  readonly app: Application;
  /** The scenes of the set; those cut into blocks stand for several of its scenes. */
  readonly scenes: readonly PlannedScene[];
  readonly built: BuiltTrainingSet;
  /** Where the set's own split is not to be taken. */
  readonly split: { train: string[]; validation: string[] } | null;
  readonly notes: readonly string[];
}

/**
 * Reads an application's labelled scenes, splits them, refuses leaks, and builds (or finds) the training set. Scenes of
 * `unlabelled` are added for their pixels only; those of places that are set aside for validation are left out again. A split
 * that `--set` asks for stands above the scenes' own. Throws usage error BAD_OPTION for a bad one.
 */
export async function prepareTraining(
  { name, seed, set }: Pick<TrainingInput, 'name' | 'seed' | 'set'>,
  context: CommandContext,
  unlabelled: readonly SceneItem[] = [],
): Promise<PreparedTraining> {
  const asked = askedSplit({ set });
  const app = await readApplication(context.workspace, name);
  const labels = await readLabelSources(context.workspace, name);
  const items = await readScenes(context.workspace, 'all');
  const labelled = items.filter((scene) => sourcesOf(scene, labels).length > 0);
  if (labelled.length === 0) throw noLabels(app);
  const plan = await readSplitPlan(context.workspace, name);
  const { scenes, notes } = planScenes(app, labelled, { plan, seed });
  const tested = items.filter(
    (scene) => scene.properties['resflow:split'] === 'test' && !labelled.includes(scene),
  );
  refuseSplitLeaks([
    ...scenes.map((scene) => inSplits(scene, asked)),
    ...tested.map((item) => ({ item, splits: ['test' as const] })),
  ]);
  const trained = scenes.filter(({ split }) => split !== 'test');
  const used = new Set(trained.map(({ item }) => item.id));
  const more = pixelsOnly(app, unlabelled);
  if (asked !== null) refuseOthers(asked, [...trained, ...more.scenes]);
  const input = {
    app,
    scenes: [...trained, ...more.scenes],
    labels: labels.filter(({ coverage }) => coverage.some(({ scene }) => used.has(scene))),
  };
  const built = await buildTrainingSet(input, portsOf(input, context));
  const held = asked === null ? holdBack(built, seed) : withPixelsOnly(asked, built);
  const all = { app, built, scenes: input.scenes, split: held.split };
  return { ...all, notes: [...notes, ...more.notes, ...built.notes, ...held.notes] };
}

const noLabels = (app: Application) =>
  inputError('NO_LABELS', `Application '${app.name}' has no labels.`, {
    hint: `Add some with \`resflow label add ${app.name} FILE... --class ${app.classes[0]?.name ?? 'NAME'}\`.`,
    context: { application: app.name },
  });

/** A scene and the splits that its labels are used in: where others are asked for, those that name it. */
function inSplits({ item, split }: PlannedScene, asked: PreparedTraining['split']) {
  const own = typeof split === 'string' ? [split] : [...new Set(split.splits)];
  if (asked === null || split === 'test') return { item, splits: own };
  return { item, splits: (['train', 'validation'] as const).filter((one) => asked[one].includes(item.id)) };
}

/** Gives every labelled scene its split: its own; else by the split plan; else training, or blocks where all is one place. */
function planScenes(
  app: Application,
  labelled: readonly SceneItem[],
  how: { plan: SplitPlan | null; seed: number },
): { scenes: PlannedScene[]; notes: string[] } {
  const notes: string[] = [];
  const scenes: PlannedScene[] = [];
  const places = new Set(
    labelled
      .filter((item) => item.properties['resflow:split'] !== 'test')
      .map((item) => item.properties['resflow:place']),
  );
  const alone =
    how.plan === null &&
    places.size === 1 &&
    labelled.every((item) => item.properties['resflow:split'] !== 'validation');
  for (const item of labelled) {
    const { problems, bands } = checkSceneContract(item, { bands: app.bands, gsdRange: app.gsdRange });
    const [problem] = problems;
    if (problem !== undefined) {
      notes.push(`Scene '${item.id}' is left out: ${problem.message}`);
      continue;
    }
    const grid = sceneGrid(item, app.gsdMetres);
    const own = item.properties['resflow:split'];
    const planned = own ?? how.plan?.blocks[item.id] ?? how.plan?.scenes[item.id] ?? 'train';
    const cut = alone && planned === 'train' ? blocksOf(grid, how.seed) : null;
    if (cut !== null)
      notes.push(
        `Scene '${item.id}' is cut into blocks of ground for training and validation, since there is one place only.`,
      );
    scenes.push({ item, bands, grid, split: cut ?? planned });
  }
  if (scenes.length === 0)
    throw contractError(
      'ALL_SCENES_REFUSED',
      `No labelled scene fits application '${app.name}': ${notes.join(' ')}`,
      { hint: '`resflow scene check` says why each scene is refused.', context: { application: app.name } },
    );
  return { scenes, notes };
}

/** Scenes of which only the pixels are taken; those that do not fit the application are left out. */
function pixelsOnly(
  app: Application,
  items: readonly SceneItem[],
): { scenes: PlannedScene[]; notes: string[] } {
  const notes: string[] = [];
  const scenes = items.flatMap((item): PlannedScene[] => {
    const { problems, bands } = checkSceneContract(item, { bands: app.bands, gsdRange: app.gsdRange });
    const [problem] = problems;
    if (problem === undefined)
      return [{ item, bands, grid: sceneGrid(item, app.gsdMetres), split: 'train', unlabelled: true }];
    notes.push(`Scene '${item.id}', without labels, is left out: ${problem.message}`);
    return [];
  });
  return { scenes, notes };
}

/** Blocks for validation within one scene; null where it is too small for any. */
function blocksOf(grid: PlannedScene['grid'], seed: number) {
  const blockPixels = Math.min(DEFAULT_BLOCK_PIXELS, Math.floor(Math.max(grid.width, grid.height) / 4));
  const guardPixels = Math.min(DEFAULT_GUARD_PIXELS, Math.floor(blockPixels / 4));
  if (blockPixels < 64) return null;
  return splitByBlocks(grid, { validation: HELD_BACK_SHARE, test: 0, seed }, { blockPixels, guardPixels });
}

/** Where the set holds no validation, sets places aside by the seed, and says which. */
function holdBack(
  { set }: BuiltTrainingSet,
  seed: number,
): { split: PreparedTraining['split']; notes: string[] } {
  if (set.scenes.some(({ split }) => split === 'validation')) return { split: null, notes: [] };
  const labelled = set.scenes.filter(({ labelledPixels }) => labelledPixels > 0);
  const scenes = labelled.map(({ id, place, labelledPixels }) => ({
    id,
    place,
    weight: labelledPixels,
    fixed: null,
  }));
  const splits = splitByPlace(scenes, { validation: HELD_BACK_SHARE, test: 0, seed });
  const validation = scenes.filter(({ id }) => splits[id] === 'validation');
  if (validation.length === 0)
    return { split: null, notes: ['No scene is left for validation: the scores on the card are missing.'] };
  const places = [...new Set(validation.map(({ place }) => place))].sort();
  const others = pixelsAway(set, places);
  return {
    split: {
      train: [...scenes.filter(({ id }) => splits[id] === 'train'), ...others].map(({ id }) => id),
      validation: validation.map(({ id }) => id),
    },
    notes: [`No scene is of the validation split; set aside by seed ${seed}: ${places.join(', ')}.`],
  };
}

/** Scenes taken for their pixels only, but for those of places that judge. */
const pixelsAway = ({ scenes }: BuiltTrainingSet['set'], places: readonly string[]) =>
  scenes.filter(({ labelledPixels, place }) => labelledPixels === 0 && !places.includes(place));

/** Throws usage error BAD_OPTION where a split that was asked for names scenes that the training set will not hold. */
function refuseOthers(asked: AskedSplit, scenes: readonly PlannedScene[]): void {
  const held = new Set(scenes.flatMap(partsOf).map(({ id }) => id));
  const unknown = [...asked.train, ...asked.validation].filter((id) => !held.has(id));
  if (unknown.length === 0) return;
  throw usageError(
    'BAD_OPTION',
    `--set split names ${unknown.join(', ')}, which the training set does not hold.`,
    {
      hint: 'It holds the labelled scenes that fit the application, but for test scenes: `resflow scene list`.',
    },
  );
}

/**
 * A split that was asked for names labelled scenes; those taken for their pixels belong to its training, but not in places of
 * its validation.
 */
function withPixelsOnly(asked: AskedSplit, { set }: BuiltTrainingSet) {
  const named = [...asked.train, ...asked.validation];
  const judging = set.scenes.filter(({ id }) => asked.validation.includes(id)).map(({ place }) => place);
  const more = pixelsAway(set, judging).filter(({ id }) => !named.includes(id));
  return { split: { ...asked, train: [...asked.train, ...more.map(({ id }) => id)] }, notes: [] };
}

function portsOf({ app, labels }: TrainingSetInput, context: CommandContext) {
  return {
    root: context.workspace,
    now: context.now,
    signal: context.signal,
    progress: context.progress,
    openSources: (scene: PlannedScene) => openSources(app, labels, scene),
  };
}

async function openSources(
  app: Application,
  labels: readonly LabelSource[],
  { item, grid, bands, unlabelled }: PlannedScene,
) {
  const opened = await openSceneLabels({ scene: item, grid, app }, unlabelled === true ? [] : labels);
  try {
    const reader = await openSceneReader(
      sceneSource(
        item,
        bands.map(({ index }) => index),
      ),
      grid,
    );
    return {
      reader,
      rasterise: (window: Window) => opened.rasterise(window),
      close: () => {
        reader.close();
        opened.close();
      },
    };
  } catch (error) {
    opened.close();
    throw error;
  }
}
