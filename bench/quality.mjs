// How good Mono is: `npm run bench:quality` (five place-out folds, then the training on all training places: about forty
// minutes each on two free cores), `-- --quick` (20 minutes in all, no folds). Budgets are in steps, so that a busy machine
// makes the same model as a free one. Everything is kept in .cache/bench/quality and reused; what was stopped goes on. The
// tables go to stdout and, with --write, to docs/quality-tables.md.
// The out-of-sample scenes are mapped and scored at the end, by the final model; nothing is chosen by them.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from './measure.mjs';
import {
  APP,
  between,
  cardOf,
  evaluate,
  HOME,
  placeFolds,
  prepareScenes,
  resflow,
  scoreOf,
  three,
  trainMono,
} from './quality-scenes.mjs';
import { ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    steps: { type: 'string' },
    'fold-steps': { type: 'string' },
    threads: { type: 'string' },
    folds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    network: { type: 'string', default: 'small-unet' },
    write: { type: 'boolean', default: false },
  },
});
const steps = Number(values.steps ?? (values.quick ? 3000 : 10000));
const foldSteps = Number(values['fold-steps'] ?? 1500);
const folds = Number(values.folds ?? (values.quick ? 0 : 5));
const seed = Number(values.seed);

/** Trains (or finds) a model, maps scenes with it, scores them: the evaluation. */
function measure(id, options, sceneIds) {
  const { split, maxSteps } = options;
  const overrides = split === null ? [] : ['--set', `split=${JSON.stringify(split)}`];
  const threads = values.threads === undefined ? [] : ['--threads', values.threads];
  trainMono(id, { maxSteps, seed, threads, more: ['--network', values.network, ...overrides] });
  const run = resflow('map', 'run', APP, '--model', id, '--scenes', sceneIds.join(','));
  const report = join(HOME, `report-${id}.html`);
  const evaluation = evaluate(run.run, '--report', report);
  return {
    run,
    evaluation,
    report,
    card: cardOf(id),
  };
}

function rowOf(entry) {
  const { scene, place, iou, f1, precision, recall, objects, intervals } = scoreOf(entry);
  return [
    scene,
    place,
    three(iou),
    between(intervals.iou),
    three(f1),
    three(precision),
    three(recall),
    three(objects.f1),
    between(intervals.objectF1),
    String(objects.labelled),
  ];
}
const HEAD = ['scene', 'place', 'IoU', '95 %', 'F1', 'precision', 'recall', 'object F1', '95 %', 'objects'];
const mean = (rows, column) => {
  const numbers = rows.map((row) => Number(row[column])).filter(Number.isFinite);
  return numbers.length === 0 ? '-' : (numbers.reduce((a, b) => a + b, 0) / numbers.length).toFixed(3);
};
const meanRow = (rows) => [
  'mean',
  '',
  mean(rows, 2),
  '',
  mean(rows, 4),
  mean(rows, 5),
  mean(rows, 6),
  mean(rows, 7),
  '',
  '',
];

const commit = execFileSync('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const lines = [];
const say = (text) => {
  lines.push(text);
  process.stdout.write(`${text}\n`);
};

const scenes = prepareScenes();
const known = scenes.filter((scene) => scene.split !== 'test');
if (folds > 0) {
  const rows = [];
  for (const [index, { held, split }] of placeFolds(known, folds).entries()) {
    const id = `fold${index + 1}of${folds}-${foldSteps}steps-s${seed}`;
    const { evaluation } = measure(id, { split, maxSteps: foldSteps }, held);
    rows.push(...evaluation.scenes.map((scene) => [`${index + 1}`, ...rowOf(scene)]));
  }
  say(`## Place-out validation: ${folds} folds of places, ${foldSteps} steps of training each\n`);
  say(table(['fold', ...HEAD], [...rows, ['', ...meanRow(rows.map((row) => row.slice(1)))]]));
  say('');
}
const tests = scenes.filter((scene) => scene.split === 'test').map((scene) => scene.id);
const final = measure(
  `mono-${values.network}-${steps}steps-s${seed}`,
  { split: null, maxSteps: steps },
  tests,
);
const rows = final.evaluation.scenes.map(rowOf);
const { training, variants } = final.card;
say(`## Out of sample: Mono, ${values.network}, ${steps} steps of training\n`);
say(
  `Commit ${commit}, ${new Date().toISOString().slice(0, 10)}, seed ${seed}; ${training.steps} steps, ${training.samples} samples, ${Math.round(training.seconds / 60)} minutes; ` +
    `${training.trainScenes.length} training scenes, ${training.validationScenes.length} validation scenes (other places); maps by ${final.run.model.variant}, halo ${final.card.halo.pixels} px.\n`,
);
say(table(HEAD, [...rows, meanRow(rows)]));
say(
  `\nValidation IoU (other places, full precision): ${three(variants.float32.scores?.iou)}; int8: ${three(variants.int8?.scores?.iou)}; class pixels int8 changes: ${three(variants.int8?.changedShare)}.`,
);
say(
  `Seam score ${final.run.seamScore?.toFixed(5)}; overlap factor ${final.run.overlapFactor?.toFixed(3)} (small scenes, edges).`,
);
process.stderr.write(`report: ${final.report}\n`);
if (values.write)
  writeFileSync(
    join(ROOT, 'docs', 'quality-tables.md'),
    `# Quality tables\n\nMade by \`npm run bench:quality\`. How to read them: [quality.md](quality.md).\n\n${lines.join('\n')}\n`,
  );
