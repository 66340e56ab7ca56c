// Does the partition pay? `node bench/specialists.mjs [--recipes distilled-mono,distilled,finetune] [--steps 3000]`:
// Mono of `npm run bench:quality` (trained first where it is missing) against students and galleries of models, each trained
// with the same steps for all its models together, on the scenes that none was trained on. The pixels of those scenes are
// used where a recipe ends with +archive; their labels never are, and nothing is chosen by them. Everything is kept in
// .cache/bench/quality and found again; tables to stdout. Recipes side by side over folds of places: bench/partition.mjs.
// --base ID: another Mono of that workspace; --teacher ID,ID: other teachers; --network NAME: of the students;
// --soft BITS: galleries are mapped once more, with ground between two buckets shared by them.
import { parseArgs } from 'node:util';
import { table } from './measure.mjs';
import {
  APP,
  arithmetic,
  between,
  cardOf,
  evaluate,
  galleryArithmetic,
  prepareScenes,
  resflow,
  scoreOf,
  three,
  trainMono,
} from './quality-scenes.mjs';

const { values } = parseArgs({
  options: {
    recipes: { type: 'string', default: 'distilled-mono,distilled-mono+archive,distilled,distilled+archive' },
    steps: { type: 'string', default: '3000' },
    'mono-steps': { type: 'string', default: '10000' },
    threads: { type: 'string' },
    seed: { type: 'string', default: '1' },
    base: { type: 'string' },
    teacher: { type: 'string' },
    network: { type: 'string' },
    soft: { type: 'string' },
  },
});
const given = (...names) =>
  names.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));
const threads = given('threads');
const scenes = prepareScenes();
const known = scenes.filter(({ split }) => split !== 'test').map(({ id }) => id);
const tests = scenes.filter(({ split }) => split === 'test').map(({ id }) => id);

resflow('gallery', 'build', '--scenes', known.join(','), '--seed', values.seed);
resflow('gallery', 'add', '--scenes', tests.join(','));
const monoId = values.base ?? `mono-small-unet-${values['mono-steps']}steps-s${values.seed}`;
if (values.base === undefined)
  trainMono(monoId, { maxSteps: values['mono-steps'], seed: values.seed, threads });

/** Maps the test scenes, by one model or by a gallery, and scores them. */
function measured(name, model, costs, more = []) {
  const run = resflow('map', 'run', APP, '--model', model, '--scenes', tests.join(','), '--fresh', ...more);
  return { ...costs(run), name, run, scores: evaluate(run.run).scenes.map(scoreOf) };
}
const oneModel = (id) => () => ({ gmac: arithmetic(id), steps: cardOf(id).training.steps, decisions: '' });

function galleryCosts(trained) {
  return (run) => {
    const gmac = galleryArithmetic(run, monoId);
    const count = (decision) => trained.buckets.filter((bucket) => bucket.decision === decision).length;
    const decisions = `${count('specialist')} own, ${count('nearest')} nearest, ${count('mono')} Mono`;
    return { gmac, steps: trained.budget.specialistSteps, decisions };
  };
}

/** What is computed twice is arithmetic, too. */
const softCosts = (hard) => (run) => ({
  ...hard,
  gmac: (hard.gmac * run.overlapFactor) / hard.run.overlapFactor,
});

const results = [measured('Mono', monoId, oneModel(monoId))];
for (const wanted of values.recipes.split(',')) {
  const [recipe, archive] = wanted.split('+');
  const unlabelled = recipe.startsWith('distilled')
    ? ['--unlabelled', archive === undefined ? 'none' : tests.join(',')]
    : [];
  const trained = resflow(
    'model',
    'train',
    APP,
    arithmetic,
    '--recipe',
    recipe,
    '--base',
    monoId,
    '--max-steps',
    values.steps,
    '--seed',
    values.seed,
    ...threads,
    ...given('teacher', 'network'),
    ...unlabelled,
  );
  const single = trained.gallery === undefined;
  const model = single ? trained.model : trained.gallery;
  results.push(measured(wanted, model, single ? oneModel(model) : galleryCosts(trained)));
  if (!single && values.soft !== undefined)
    results.push(measured(`${wanted}, softly`, model, softCosts(results.at(-1)), given('soft')));
}

const say = (text) => process.stdout.write(`${text}\n`);
const mean = (numbers) => numbers.reduce((sum, value) => sum + value, 0) / numbers.length;
say(
  `${new Date().toISOString().slice(0, 10)}, seed ${values.seed}; Mono ${monoId}, each recipe ${values.steps} steps for all its models together.\n`,
);
say(
  table(
    [
      'recipe',
      ...tests.flatMap((scene) => [scene.slice(0, 24), '95 %']),
      'mean IoU',
      'mean object F1',
      'GMAC at 512 px',
      'overlap',
      'Mpx/s',
      'steps',
      'buckets',
    ],
    results.map(({ name, scores, gmac, steps, decisions, run }) => [
      name,
      ...tests.flatMap((scene) => {
        const { iou, intervals } = scores.find((one) => one.scene === scene);
        return [three(iou), between(intervals.iou)];
      }),
      three(mean(scores.map(({ iou }) => iou))),
      three(mean(scores.map(({ objects }) => objects.f1))),
      gmac.toFixed(2),
      run.overlapFactor.toFixed(2),
      run.megapixelsPerSecond.toFixed(2),
      String(steps),
      decisions,
    ]),
  ),
);
for (const { name, run } of results.filter(
  ({ run }) => run.routingShare !== undefined && run.routingShare !== null,
))
  say(
    `\n${name}: routing ${(run.routingShare * 100).toFixed(1)} % of the pass; seam score ${run.seamScore?.toFixed(4)}, between buckets ${run.seamScoreBorders?.toFixed(4)}; overlap factor ${run.overlapFactor?.toFixed(2)}.`,
  );
