import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { ID_PATTERN } from '../core/ids.ts';
import type { ClassRecord } from '../model/class-record.ts';
import type { Application } from '../workspace/application-record.ts';
import { createApplication } from '../workspace/applications.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { renderApplication } from './app-show.ts';

/** Distinct on imagery and for the colour-blind; known things get the colour people expect of them. */
const KNOWN_COLOURS: Record<string, string> = {
  building: '#e8452c',
  buildings: '#e8452c',
  road: '#f2c14e',
  water: '#3b82f6',
  tree: '#1b7f3b',
  forest: '#1b7f3b',
  vegetation: '#4caf50',
  grass: '#9bd770',
  agriculture: '#d8b365',
  barren: '#b08968',
  impervious: '#9aa0a6',
};
const PALETTE = [
  '#e8452c',
  '#3b82f6',
  '#1b7f3b',
  '#f2c14e',
  '#a855f7',
  '#14b8a6',
  '#ec4899',
  '#8d6e63',
  '#f97316',
  '#84cc16',
  '#6366f1',
  '#64748b',
];

/** Averaging down ten times loses nothing a network could use; up-sampling more than four times shows nothing. */
const FINEST = 1 / 10;
const COARSEST = 4;
/** Objects of fewer working pixels than this cannot be told from noise. */
const LEAST_OBJECT_PIXELS = 16;

const metres = z.coerce.number().positive();
const inputSchema = z.object({
  name: z.string().regex(ID_PATTERN, 'letters, digits, `.`, `_`, `-`, at most 120'),
  class: z.array(z.string().min(1)).min(1, 'give at least one --class'),
  gsd: metres,
  bands: z.string().default('red,green,blue'),
  gsdMin: metres.optional(),
  gsdMax: metres.optional(),
  background: z.boolean().default(true),
  loss: z.enum(['cross-entropy', 'cross-entropy+dice']).default('cross-entropy+dice'),
  minObject: z.coerce.number().nonnegative().optional(),
});
type Input = z.infer<typeof inputSchema>;

export const appCreateCommand = defineCommand({
  path: ['app', 'create'],
  summary: 'Make an application: classes, bands, working GSD',
  description:
    'An application is one mapping task. One class makes a binary map (the class against background); several make a map of classes. Scenes of other ground resolutions are resampled to the working GSD while they are read.',
  args: [{ name: 'name', description: 'name of the application', required: true }],
  options: [
    {
      flags: '--class <name[:#rrggbb]>',
      description: 'a class, with its colour if you like; in the order of ids from 1 (required)',
      repeat: true,
    },
    { flags: '--gsd <metres>', description: 'working GSD, metres on the ground (required)' },
    {
      flags: '--bands <names>',
      description: 'common names of the bands networks get, in order (default: red,green,blue)',
    },
    {
      flags: '--gsd-min <metres>',
      description: 'finest ground GSD of scenes that are accepted (default: a tenth of --gsd)',
    },
    {
      flags: '--gsd-max <metres>',
      description: 'coarsest ground GSD of scenes that are accepted (default: four times --gsd)',
    },
    { flags: '--no-background', description: 'every pixel belongs to a class; there is no background' },
    { flags: '--loss <loss>', description: 'cross-entropy+dice (default) or cross-entropy' },
    {
      flags: '--min-object <m2>',
      description:
        'objects smaller than this, square metres, are left out of object scores (default: 16 working pixels)',
    },
  ],
  examples: [
    'resflow app create buildings --class building --gsd 0.3',
    'resflow app create cover --class water:#3b82f6 --class forest --class road --gsd 0.5',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    const app = applicationOf(input, context.now());
    const { created } = await createApplication(context.workspace, app);
    return { application: app, created };
  },
  render: ({ application, created }) =>
    `${renderApplication(application)}\n${created ? `Next: resflow label add ${application.name} FILE... --class ${application.classes[0]?.name ?? ''}` : 'It is there already, exactly so; nothing changed.'}`,
});

function applicationOf(input: Input, now: Date): Application {
  const gsdRange = {
    min: input.gsdMin ?? round(input.gsd * FINEST),
    max: input.gsdMax ?? round(input.gsd * COARSEST),
  };
  if (gsdRange.min > input.gsd || gsdRange.max < input.gsd) {
    throw usageError(
      'BAD_OPTION',
      `The working GSD ${input.gsd} m lies outside --gsd-min ${gsdRange.min} to --gsd-max ${gsdRange.max} m.`,
      {
        hint: 'Scenes at the working GSD itself must be accepted.',
      },
    );
  }
  const classes = classesOf(input.class);
  if (!input.background && classes.length < 2) {
    throw usageError('BAD_OPTION', 'One class without background leaves nothing to tell apart.', {
      hint: 'Leave --no-background out, or give more classes.',
    });
  }
  return {
    version: 1,
    name: input.name,
    created: now.toISOString(),
    classes,
    background: input.background,
    bands: input.bands.split(',').map((band) => band.trim()),
    gsdMetres: input.gsd,
    gsdRange,
    loss: input.loss,
    minObjectM2: input.minObject ?? round(LEAST_OBJECT_PIXELS * input.gsd ** 2),
  };
}

const round = (value: number): number => Number(value.toPrecision(6));

function classesOf(given: readonly string[]): ClassRecord[] {
  const classes: ClassRecord[] = [];
  for (const text of given) {
    const [, name = '', colour] = /^(.*?)(?::(#[0-9a-fA-F]{6}))?$/.exec(text) ?? [];
    const problem =
      name.trim() === '' || name.includes(':')
        ? 'is not NAME or NAME:#rrggbb'
        : classes.some((known) => known.name === name)
          ? 'is given twice'
          : null;
    if (problem !== null || ['background', 'none', 'ignore', 'unlabelled'].includes(name)) {
      throw usageError(
        'BAD_CLASS',
        `--class ${text} ${problem ?? 'is a name that RESFlow keeps for itself'}.`,
        { hint: 'For example --class building or --class water:#3b82f6.' },
      );
    }
    const used = classes.map((known) => known.colour);
    classes.push({
      id: classes.length + 1,
      name,
      colour: colour?.toLowerCase() ?? freeColour(name, used, classes.length),
    });
  }
  return classes;
}

function freeColour(name: string, used: readonly string[], index: number): string {
  const wanted = [KNOWN_COLOURS[name.toLowerCase()], ...PALETTE].find(
    (colour) => colour !== undefined && !used.includes(colour),
  );
  // More classes than colours: hues a golden angle apart.
  return wanted ?? hueColour((index * 137.508) % 360);
}

function hueColour(hue: number): string {
  const channel = (n: number) => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (0.5 - 0.35 * Math.max(-1, Math.min(k - 3, 9 - k, 1))))
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}
