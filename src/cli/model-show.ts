import { join, resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { inputError, workspaceError } from '../core/errors.ts';
import type { ModelCard } from '../model/card.ts';
import { drawChart } from '../training/draw-curves.ts';
import { readHistory } from '../training/history.ts';
import { trainingChart } from '../training/training-chart.ts';
import { listModelGalleries, namesGallery, NEWEST_GALLERY } from '../workspace/model-galleries.ts';
import type { ModelGallery } from '../workspace/model-gallery-record.ts';
import { isMono, listModels, type StoredModel } from '../workspace/models.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { galleryLines } from './model-gallery-summary.ts';
import { scoreLines, variantLines } from './model-summary.ts';

export const modelShowCommand = defineCommand({
  path: ['model', 'show'],
  summary: 'Show a model (its card, and the curves of its training as a picture) or a gallery of models',
  args: [
    {
      name: 'model',
      description: 'id of the model or gallery, or APPLICATION for its newest Mono',
      required: true,
    },
  ],
  options: [
    {
      flags: '--plot <file>',
      description: 'draw loss and validation IoU over the steps into a .png or .svg',
    },
  ],
  examples: ['resflow model show mono-1a2b3c4d --plot curves.png'],
  input: z.object({
    model: z.string(),
    plot: z
      .string()
      .regex(/\.(png|svg)$/i, 'must end in .png or .svg')
      .optional(),
  }),
  async run({ model, plot }, context) {
    await openWorkspace(context.workspace, 'read');
    if (namesGallery(model)) return { gallery: await findGallery(context.workspace, model) };
    const found = await findModel(context.workspace, model);
    const folder = join(context.workspace, found.folder);
    const history = await readHistory(join(folder, 'history.jsonl'));
    if (plot !== undefined) await writePlot(resolve(plot), drawnChart(found.card, history));
    return { folder, card: found.card, history, plot: plot === undefined ? null : resolve(plot) };
  },
  render: (shown) =>
    (shown.gallery === undefined ? modelLines(shown) : galleryText(shown.gallery)).join('\n'),
});

async function findGallery(root: string, wanted: string): Promise<ModelGallery> {
  const galleries = await listModelGalleries(root, null);
  const found =
    wanted === NEWEST_GALLERY ? galleries.at(-1) : galleries.find((gallery) => gallery.id === wanted);
  if (found !== undefined) return found;
  throw workspaceError('NO_MODEL_GALLERY', `There is no gallery of models '${wanted}' in this workspace.`, {
    hint: '`resflow model list` shows them; `resflow model train APP` makes one.',
    context: { gallery: wanted, known: galleries.map(({ id }) => id) },
  });
}

const galleryText = (gallery: ModelGallery): string[] => [
  `Gallery ${gallery.id} of application ${gallery.application}, of ${gallery.created.slice(0, 16).replace('T', ' ')}`,
  `  recipe      ${gallery.recipe}, seed ${gallery.seed}; ${gallery.budget.specialistSteps} steps of all specialists together`,
  `  Mono        ${gallery.mono}, ${gallery.budget.monoSteps} steps`,
  `  partition   ${gallery.partition}`,
  ...galleryLines(gallery.buckets),
];

const modelLines = (shown: { card: ModelCard; folder: string; plot: string | null }): string[] => [
  ...cardLines(shown.card),
  `Lies in ${shown.folder}`,
  ...(shown.plot === null ? [] : [`Curves drawn into ${shown.plot}`]),
];

async function findModel(root: string, wanted: string): Promise<StoredModel> {
  const models = await listModels(root, null);
  const found =
    models.find(({ card }) => card.id === wanted) ??
    models
      .filter((model) => isMono(model) && (model.card.application === wanted || wanted === 'mono'))
      .at(-1);
  if (found !== undefined) return found;
  throw workspaceError('NO_MODEL', `There is no model '${wanted}' in this workspace.`, {
    hint: '`resflow model list` shows the models; `resflow model train APP --mono` makes one.',
    context: { model: wanted, known: models.map(({ card }) => card.id) },
  });
}

function drawnChart(card: ModelCard, history: Awaited<ReturnType<typeof readHistory>>): string {
  if (history.length > 0) return drawChart(trainingChart(card, history));
  throw inputError('NO_HISTORY', `Model '${card.id}' has no history of its training to draw.`, {
    hint: 'Imported models have none; leave --plot out.',
    context: { model: card.id },
  });
}

/** Twice the pixels of the drawing, so that text stays sharp. */
const DENSITY = 144;

async function writePlot(file: string, svg: string): Promise<void> {
  await writeFileAtomic(file, /\.svg$/i.test(file) ? svg : await drawn(svg));
}

async function drawn(svg: string): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(svg), { density: DENSITY }).png().toBuffer();
}

/** What a model is for: everything (Mono, or a student), or a bucket. */
function kindOf({ bucket, training }: ModelCard): string {
  const recipe = training?.recipe;
  const ground = bucket === null ? 'all buckets' : `bucket ${bucket}`;
  return recipe === undefined && bucket === null
    ? 'Mono'
    : [ground, ...(recipe === undefined ? [] : [`recipe ${recipe}`])].join(', ');
}

function cardLines(card: ModelCard): string[] {
  const { input, halo, gsd, normalisation, output, training } = card;
  const classes = card.classes.map(({ id, name, colour }) => `${id} ${name} ${colour}`);
  const size =
    input.fixed === null
      ? `any multiple of ${input.multiple} px`
      : `${input.fixed.width} x ${input.fixed.height} px only`;
  return [
    `Model ${card.id}: ${card.name} (${kindOf(card)}), of ${card.created.slice(0, 16).replace('T', ' ')}`,
    `  application ${card.application}: ${[...(card.background ? ['0 background'] : []), ...classes].join(', ')}`,
    `  network     ${card.network.name}, ${card.network.parameters.toLocaleString('en')} parameters${card.network.gmacAt512 === null ? '' : `, ${card.network.gmacAt512.toFixed(1)} GMAC at 512 px`}`,
    `  input       ${card.bands.map(({ name }) => name).join(', ')}; ${size}; normalised by ${normalisation.kind === 'scene' ? `the scene's statistics, clipped at ${normalisation.clip}` : 'fixed values'}`,
    `  output      ${output.activation}, ${output.channels} channel(s), temperature ${output.temperature.toFixed(2)}`,
    `  GSD         ${gsd.metres} m (scenes from ${gsd.min} to ${gsd.max} m)`,
    `  halo        ${halo.pixels} px (measured to ${halo.tolerance}${halo.theoreticalPixels === null ? '' : `; ${halo.theoreticalPixels} px in theory`})`,
    ...(training === null
      ? []
      : [
          `  training    ${training.steps} steps, ${training.samples} samples in ${Math.round(training.seconds)} s, seed ${training.seed}`,
          `              trained on ${training.trainScenes.join(', ')}`,
          `              validated on ${training.validationScenes.join(', ') || 'nothing'}`,
        ]),
    'Scores',
    ...scoreLines(card.scores),
    'Variants',
    ...variantLines(card),
    ...(card.licence === null ? [] : [`Licence ${card.licence}`]),
  ];
}
