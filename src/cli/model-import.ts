import { basename, extname, resolve } from 'node:path';
import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { ID_PATTERN, slug } from '../core/ids.ts';
import { importModel } from '../model/import-model.ts';
import { readApplication } from '../workspace/applications.ts';
import { modelFolder } from '../workspace/layout.ts';
import { namesGallery } from '../workspace/model-galleries.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

/** As the trainer's. */
const DEFAULT_HALO_TOLERANCE = 0.05;
const DEFAULT_REFERENCE_TOLERANCE = 1e-3;

export const modelImportCommand = defineCommand({
  path: ['model', 'import'],
  summary: 'Bring a network of your own, as ONNX, with a short card',
  description: [
    'Takes an ONNX segmentation network and a short card, and measures the rest by running it: sides and the multiple',
    'they must be of, halo, cost. What cannot be served is refused with the reason.',
    '',
    'The network: one float32 input (batch, bands, height, width), one float32 output (batch, channels, height, width)',
    'of logits (no sigmoid or softmax inside), all weights in the one file. Batch 1 or dynamic; height and width both',
    'dynamic or both fixed.',
    '',
    'The card, JSON: "bands": names in the order of the channels; "classes": [{"id", "name", "colour": "#rrggbb"}] and',
    '"background": true or false, as in the application; "activation": "sigmoid" (one channel: one class against',
    'background) or "softmax" (a channel each, background first); "normalisation": {"kind": "scene", "clip": 3} (by each',
    'scene\'s own mean and deviation) or {"kind": "fixed", "scale": 0.00392156862745098, "mean": [...], "std": [...]}',
    '(value * scale, minus mean, by std); "gsd": {"metres": 0.3}, with "min" and "max" if not half and twice that.',
    'Optional: "name", "temperature", "threshold", "multiple", "network", "licence".',
  ].join('\n'),
  args: [{ name: 'file', description: 'the ONNX file', required: true }],
  options: [
    { flags: '--card <file>', description: 'the short card, JSON' },
    { flags: '--app <name>', description: 'the application it is for' },
    {
      flags: '--name <id>',
      description: "the model's identifier (default: from the file's name)",
    },
    {
      flags: '--reference <npy...>',
      description:
        'two .npy files: a normalised input and the logits it gave in the framework the network comes from',
    },
    {
      flags: '--reference-tolerance <number>',
      description: `how far a logit may be off, relative to itself or to 1 if it is smaller (default: ${DEFAULT_REFERENCE_TOLERANCE})`,
    },
    {
      flags: '--halo-tolerance <number>',
      description:
        'the change of a probability, by pixels beyond the halo, that counts as none (default: 0.05)',
    },
  ],
  examples: ['resflow model import roads.onnx --card roads.json --app roads --reference in.npy out.npy'],
  input: z.object({
    file: z.string().min(1),
    card: z.string({ error: 'needs --card FILE' }).min(1),
    app: z.string({ error: 'needs --app NAME' }).min(1),
    name: z.string().regex(ID_PATTERN, 'letters, digits, ".", "_" and "-" only').optional(),
    reference: z.array(z.string()).length(2, 'takes two files: INPUT.npy OUTPUT.npy').optional(),
    referenceTolerance: z.coerce.number().positive().default(DEFAULT_REFERENCE_TOLERANCE),
    haloTolerance: z.coerce.number().positive().max(1).default(DEFAULT_HALO_TOLERANCE),
  }),
  async run(input, context) {
    const root = context.workspace;
    await openWorkspace(root, 'write');
    const application = await readApplication(root, input.app);
    const id = input.name ?? slug(basename(input.file, extname(input.file)));
    if (id === 'mono' || id === 'noop' || namesGallery(id)) {
      throw usageError(
        'BAD_OPTION',
        `'${id}' means something else to --model (the newest Mono, a gallery, no model) and cannot be a model's identifier.`,
        {
          hint: 'Choose another with --name.',
        },
      );
    }
    const [referenceInput, referenceOutput] = input.reference ?? [];
    const { card, warnings, parity } = await importModel({
      networkFile: resolve(input.file),
      cardFile: resolve(input.card),
      application,
      id,
      folder: modelFolder(root, input.app, id),
      now: context.now(),
      reference:
        referenceInput === undefined || referenceOutput === undefined
          ? null
          : {
              input: resolve(referenceInput),
              output: resolve(referenceOutput),
              tolerance: input.referenceTolerance,
            },
      haloTolerance: input.haloTolerance,
    });
    for (const warning of warnings) context.log.warn(warning);
    return {
      model: id,
      application: input.app,
      folder: modelFolder(root, input.app, id),
      parity,
      warnings,
      card,
    };
  },
  render: ({ model, application, folder, parity, warnings, card }) =>
    [
      `Imported model ${model} for ${application} into ${folder}`,
      `  bands       ${card.bands.map((band) => band.name).join(', ')}`,
      `  classes     ${card.classes.map((entry) => entry.name).join(', ')}${card.background ? ', against background' : ''}`,
      `  input       ${card.input.fixed === null ? `sides that are multiples of ${card.input.multiple}` : `${card.input.fixed.width}x${card.input.fixed.height} only`}`,
      `  halo        ${card.halo.pixels} px (beyond, no probability moves by more than ${card.halo.tolerance.toPrecision(2)})`,
      `  speed       ${Math.round(card.variants.float32.cpuMsPerMegapixel ?? 0)} ms per megapixel on one thread`,
      parity === null
        ? '  reference   none given: whether the weights arrived whole was not checked'
        : `  reference   agrees: off by ${parity.worst.toPrecision(2)} at most (${parity.tolerance} allowed)`,
      ...warnings.map((warning) => `  warning     ${warning}`),
    ].join('\n'),
});
