import { z } from 'zod';
import { inputError, usageError } from '../core/errors.ts';
import { sourcesOf } from '../labels/scene-labels.ts';
import { splitByBlocks, splitByPlace, type SplitShares } from '../training/plan-split.ts';
import { refuseSplitLeaks } from '../training/split-leaks.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication, readLabelSources } from '../workspace/applications.ts';
import { sceneGrid } from '../workspace/scene-grid.ts';
import type { SceneItem, Split } from '../workspace/scene-record.ts';
import { readScenes } from '../workspace/scenes.ts';
import { writeSplitPlan, type SplitPlan } from '../workspace/split-record.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { DEFAULT_BLOCK_PIXELS, DEFAULT_GUARD_PIXELS } from './prepare-training.ts';

const share = z.coerce.number().min(0).max(0.9);
const inputSchema = z.object({
  name: z.string(),
  by: z.enum(['place', 'blocks']).default('place'),
  validation: share.default(0.2),
  test: share.default(0),
  seed: z.coerce.number().int().nonnegative().default(1),
  blockMetres: z.coerce.number().positive().optional(),
  guardMetres: z.coerce.number().nonnegative().optional(),
});
type Input = z.infer<typeof inputSchema>;

export const splitMakeCommand = defineCommand({
  path: ['split', 'make'],
  summary: 'Split the labelled scenes of an application by place, or by blocks of ground',
  description:
    'Scenes that were added with --split keep it. By place: a place is never in two splits. By blocks: each scene is cut into squares of ground, and training labels nearer to another split than the guard band are left out. Scenes in different splits that share ground are refused.',
  args: [{ name: 'name', description: 'the application', required: true }],
  options: [
    { flags: '--by <place|blocks>', description: 'what is kept together (default: place)' },
    { flags: '--validation <share>', description: 'share for validation (default: 0.2)' },
    { flags: '--test <share>', description: 'share for test (default: 0)' },
    { flags: '--seed <n>', description: 'seed of the choice (default: 1)' },
    {
      flags: '--block-metres <m>',
      description: `side of a block on the ground (default: ${DEFAULT_BLOCK_PIXELS} working pixels)`,
    },
    {
      flags: '--guard-metres <m>',
      description: `guard band on the ground (default: ${DEFAULT_GUARD_PIXELS} working pixels; at least the model's halo is advised)`,
    },
  ],
  examples: [
    'resflow split make buildings --by place --validation 0.2 --test 0.2 --seed 1',
    'resflow split make buildings --by blocks --block-metres 150',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    const app = await readApplication(context.workspace, input.name);
    const labels = await readLabelSources(context.workspace, input.name);
    const scenes = (await readScenes(context.workspace, 'all')).filter(
      (scene) => sourcesOf(scene, labels).length > 0,
    );
    if (scenes.length === 0) {
      throw inputError('NO_LABELS', `Application '${app.name}' has no labelled scenes to split.`, {
        hint: `Label some with \`resflow label add ${app.name} ...\`.`,
        context: { application: app.name },
      });
    }
    if (input.validation + input.test > 0.9) {
      throw usageError('BAD_OPTION', 'Validation and test together leave less than a tenth for training.', {
        hint: 'Take smaller shares.',
      });
    }
    const plan = planOf(app, scenes, {
      input,
      weights: weightsOf(scenes, labels),
      created: context.now().toISOString(),
    });
    refuseSplitLeaks(scenes.map((item) => ({ item, splits: splitsOf(item, plan) })));
    await writeSplitPlan(context.workspace, plan);
    const table = scenes.map((item) => ({
      scene: item.id,
      place: item.properties['resflow:place'],
      split: splitsOf(item, plan).join('+'),
      fixed: item.properties['resflow:split'] !== null,
    }));
    return { application: app.name, by: plan.by, seed: plan.seed, scenes: table };
  },
  render: ({ scenes, by, seed }) =>
    [
      `Split by ${by}, seed ${seed}:`,
      ...scenes.map(
        ({ scene, place, split, fixed }) =>
          `  ${split.padEnd(16)} ${scene} (${place})${fixed ? ', as it was added' : ''}`,
      ),
    ].join('\n'),
});

const weightsOf = (
  scenes: readonly SceneItem[],
  labels: Awaited<ReturnType<typeof readLabelSources>>,
): Map<string, number> =>
  new Map(
    scenes.map((item) => {
      const shares = labels.flatMap(({ coverage }) =>
        coverage.filter(({ scene }) => scene === item.id).map(({ labelledShare }) => labelledShare),
      );
      const [height = 0, width = 0] = item.properties['proj:shape'];
      return [
        item.id,
        Math.max(0, ...shares) *
          item.properties['resflow:valid_share'] *
          width *
          height *
          item.properties.gsd ** 2,
      ];
    }),
  );

function splitsOf(item: SceneItem, plan: SplitPlan): Split[] {
  const own = item.properties['resflow:split'];
  if (own !== null) return [own];
  const blocks = plan.blocks[item.id];
  return blocks === undefined ? [plan.scenes[item.id] ?? 'train'] : [...new Set(blocks.splits)].sort();
}

function planOf(
  app: Application,
  scenes: readonly SceneItem[],
  how: { input: Input; weights: ReadonlyMap<string, number>; created: string },
): SplitPlan {
  const { input, weights, created } = how;
  const { by, validation, test, seed } = input;
  const plan: SplitPlan = {
    version: 1,
    application: app.name,
    created,
    by,
    seed,
    validation,
    test,
    scenes: {},
    blocks: {},
  };
  if (by === 'place') {
    const told = scenes.map((item) => ({
      id: item.id,
      place: item.properties['resflow:place'],
      weight: weights.get(item.id) ?? 0,
      fixed: item.properties['resflow:split'],
    }));
    return { ...plan, scenes: splitByPlace(told, { validation, test, seed }) };
  }
  const free = scenes.filter((item) => item.properties['resflow:split'] === null);
  // Each scene draws with a seed of its own.
  return {
    ...plan,
    blocks: Object.fromEntries(
      free.map((item, i) => [
        item.id,
        blocksOf(app, item, { validation, test, seed: seed + 7919 * i }, input),
      ]),
    ),
  };
}

function blocksOf(app: Application, item: SceneItem, shares: SplitShares, input: Input) {
  const grid = sceneGrid(item, app.gsdMetres);
  const pixels = (metres: number | undefined, fallback: number) =>
    metres === undefined ? fallback : Math.max(1, Math.round(metres / grid.gsdMetres));
  const blockPixels = pixels(input.blockMetres, DEFAULT_BLOCK_PIXELS);
  const guardPixels = input.guardMetres === 0 ? 0 : pixels(input.guardMetres, DEFAULT_GUARD_PIXELS);
  const tooSmall = (why: string) =>
    usageError(
      'BAD_OPTION',
      `Scene '${item.id}' cannot be split into blocks of ${blockPixels} working pixels: ${why}.`,
      {
        hint: `The scene has ${grid.width} x ${grid.height} of them; choose --block-metres and --guard-metres to fit, or split by place.`,
      },
    );
  if (guardPixels * 2 >= blockPixels)
    throw tooSmall(`a guard band of ${guardPixels} on both sides leaves nothing`);
  try {
    return splitByBlocks(grid, shares, { blockPixels, guardPixels });
  } catch (error) {
    if (error instanceof RangeError) throw tooSmall(error.message);
    throw error;
  }
}
