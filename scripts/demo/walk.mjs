import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DemoStopped, createCommandRunner, seconds } from './command-runner.mjs';
import { madeScenes } from './made-scenes.mjs';
import { realScenes } from './real-scenes.mjs';

const APP = 'buildings';

/** The walk from scenes to a measured map. What an earlier walk finished is kept and said so. */
export async function walk(options) {
  const started = performance.now();
  const runner = createCommandRunner(options);
  if (options.fresh) await empty(options.workspace);
  await mkdir(options.workspace, { recursive: true });

  heading(1, 'A workspace: a folder of plain files that everything goes into');
  await runner.show('init', options.workspace);
  heading(2, 'Scenes: where they are, what they show, and what they are for');
  const scenes = options.data === null ? await madeScenes({ ...options, runner }) : realScenes(options.data);
  await addScenes(runner, scenes);
  heading(3, 'An application: what to map, and at which resolution on the ground');
  await runner.show('app', 'create', APP, '--class', 'building', '--gsd', String(options.gsd));
  heading(4, 'Labels: outlines of buildings; where there is none, in these scenes, there is no building');
  await addLabels(runner, scenes, labelPatterns(options));
  heading(5, `Training, ${options.minutes} minutes: one small model ("Mono") on the training places`);
  await train(runner, options);
  const unseen = scenes.filter(({ split }) => split === 'test');
  const ids = unseen.map(({ id }) => id).join(',');
  heading(6, 'Maps of scenes that the model has not seen: first the plan, then the run');
  await runner.show('map', 'plan', APP, '--scenes', ids);
  await runner.show('map', 'run', APP, '--scenes', ids);
  heading(7, 'How good are they?');
  const report = join(options.workspace, 'report.html');
  await runner.show('map', 'evaluate', 'latest', '--report', report);
  const run = await runner.ask('map', 'show', 'latest');
  const page = await writePage({ ...options, runner, unseen, run, report });
  const routed = await mapByKind(runner, options, ids);
  close({ run, report, page, routed, ...options, started });
}

/** A model for each kind of ground, and the same scenes mapped by them: Mono's scores and the gallery's side by side. */
async function mapByKind(runner, { galleryMinutes, data }, ids) {
  heading(8, 'Which parts of all scenes look alike? An image gallery: chips, codes, buckets');
  await runner.show('gallery', 'build', '--all');
  heading(
    9,
    `A model for each kind of ground, ${galleryMinutes} minutes of training in all, where it is no worse than Mono`,
  );
  const { galleries } = await runner.ask('model', 'list', APP);
  if (galleries.length > 0)
    process.stdout.write(`  Trained already: ${galleries.at(-1).id}. \`--fresh\` trains anew.\n`);
  else {
    // Weights in int8 take a third of an export's time, and these scenes are small.
    const variants = data === null ? ['--no-int8'] : [];
    await runner.show('model', 'train', APP, '--recipe', 'finetune', ...variants, ...budget(galleryMinutes));
  }
  heading(10, 'The same scenes, each chip by the model that knows its kind; Mono against the gallery');
  const mono = await runner.ask('map', 'evaluate', 'latest');
  await runner.show('map', 'run', APP, '--scenes', ids, '--model', 'gallery');
  const run = await runner.ask('map', 'show', 'latest');
  process.stdout.write(`${comparison(mono, await runner.ask('map', 'evaluate', 'latest')).join('\n')}\n`);
  return run;
}

/** IoU on scenes that the models have not seen, with the 95 % interval over blocks of ground. */
function comparison(mono, gallery) {
  const scoreOf = ({ scenes }, id) => {
    const score = scenes.find(({ scene }) => scene === id)?.scores.classes[0];
    const { iou, intervals } = score ?? { iou: null, intervals: { iou: null } };
    const text = (value) => (value === null || value === undefined ? '-' : value.toFixed(3));
    return `${text(iou)} (${text(intervals.iou?.low)}-${text(intervals.iou?.high)})`;
  };
  const ids = mono.scenes.map(({ scene }) => scene);
  const width = Math.max(...ids.map((id) => id.length));
  return [
    '',
    `  ${'scene'.padEnd(width)}   Mono                  gallery`,
    ...ids.map((id) => `  ${id.padEnd(width)}   ${scoreOf(mono, id).padEnd(20)}  ${scoreOf(gallery, id)}`),
  ];
}

const heading = (number, text) => process.stdout.write(`\n\u2014\u2014 ${number}. ${text}\n`);

/** Empties the workspace of an earlier demo; refuses folders that are something else. */
async function empty(workspace) {
  if (!existsSync(workspace)) return;
  const known = existsSync(join(workspace, 'workspace.json')) || readdirSync(workspace).length === 0;
  if (!known) throw new DemoStopped(`${workspace} is not a workspace; --fresh will not empty it.`, 2);
  await rm(workspace, { recursive: true });
}

async function addScenes(runner, scenes) {
  const { scenes: there } = await runner.ask('scene', 'list');
  const known = new Set(there.map(({ id }) => id));
  for (const { id, place, split, image } of scenes.filter((scene) => !known.has(scene.id))) {
    await runner.show('scene', 'add', image, '--id', id, '--place', place, '--split', split);
  }
  if (known.size > 0) process.stdout.write(`  ${known.size} scene(s) were there already.\n`);
}

const labelPatterns = ({ workspace, data }) => ({
  vector: data === null ? join(workspace, 'imagery', '*.geojson') : join(data, '*', 'buildings.geojson'),
  mask: data === null ? '' : join(data, 'city_chips', '*', 'mask.tif'),
});

async function addLabels(runner, scenes, patterns) {
  const { labels } = await runner.ask('label', 'list', APP);
  const known = new Set(labels.map(({ path }) => path));
  if (scenes.every(({ labels: file }) => known.has(file))) {
    process.stdout.write(`  All ${known.size} label files were there already.\n`);
    return;
  }
  const files = (kind) => scenes.filter(({ labelKind }) => labelKind === kind).map(({ labels }) => labels);
  const vectors = { files: files('vector'), as: patterns.vector };
  await runner.show('label', 'add', APP, vectors, '--class', 'building', '--complete', 'scene');
  const masks = { files: files('mask'), as: patterns.mask };
  if (masks.files.length === 0) return;
  await runner.show('label', 'add', APP, masks, '--map', '1=building', '--map', '0=background');
}

const budget = (minutes) => ['--max-minutes', String(minutes), '--seed', '1'];

async function train(runner, { workspace, minutes }) {
  const models = join(workspace, 'models', APP);
  const there = existsSync(models)
    ? readdirSync(models).filter((id) => existsSync(join(models, id, 'card.json')))
    : [];
  if (there.length > 0) {
    process.stdout.write(`  Trained already: ${there.join(', ')}. \`--fresh\` trains anew.\n`);
    return;
  }
  await runner.show('model', 'train', APP, '--mono', '--network', 'small-unet-half', ...budget(minutes));
}

async function writePage({ workspace, runner, unseen, run, report, data }) {
  const { pageEvaluationSchema, pageRunSchema, writeResultsPage } =
    await import('../../dist/demo/results-page.js');
  const { readFile } = await import('node:fs/promises');
  runner.throwIfStopped();
  const evaluation = JSON.parse(await readFile(join(workspace, 'runs', run.run, 'evaluation.json'), 'utf8'));
  const file = join(workspace, 'results.html');
  await writeResultsPage({
    file,
    title: data === null ? 'Buildings of places that do not exist' : 'Buildings, mapped on real scenes',
    report,
    scenes: unseen.map(({ id, note, image, labels }) => ({ scene: id, note, image, labels })),
    run: pageRunSchema.parse(run),
    evaluation: pageEvaluationSchema.parse(evaluation),
  });
  return file;
}

function close({ run, report, page, routed, shown, started }) {
  const maps = run.scenes.map(({ layers }) => layers.class).filter((path) => path !== undefined);
  process.stdout.write(`
Done in ${seconds(started)}.
  maps              ${maps.join('\n                    ')}
                    (with confidence.tif beside each; QGIS opens them with class names and colours)
  report            ${report}
  page of results   ${page}
  buckets           ${routed.scenes
    .map(({ layers }) => layers.bucket)
    .filter((path) => path !== undefined)
    .join('\n                    ')}
                    (which kind of ground each pixel is, and so which model mapped it)
All of it in a browser, with predictions where you look:
  resflow serve --open --workspace ${shown}
`);
}
