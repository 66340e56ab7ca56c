import { z } from 'zod';
import { readRun } from '../workspace/runs.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { VECTOR_FORMATS, type VectorizeResult } from '../vectorize/schema.ts';
import { defineCommand } from './command.ts';
import { textTable } from './text-table.ts';
import { vectorizeRun } from './vectorize-run.ts';

/** Layers of a map whose pixels are kinds of things, and no quantities. */
const LAYERS = ['class', 'bucket'] as const;

/** Intersection over union of a regular outline with its own. */
const DEFAULT_MIN_IOU = 0.85;

const names = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  )
  .optional();

const inputSchema = z.object({
  run: z.string().min(1),
  scene: z.string().optional(),
  layer: z.enum(LAYERS).default('class'),
  class: names,
  format: z.enum(VECTOR_FORMATS).optional(),
  out: z.string().optional(),
  crs: z.string().optional(),
  connectivity: z.enum(['4', '8']).default('4'),
  minArea: z.coerce.number().nonnegative().default(0),
  minHole: z.coerce.number().nonnegative().default(0),
  simplify: z.coerce.number().nonnegative().default(0),
  regularise: z.boolean().default(false),
  minIou: z.coerce.number().min(0).max(1).default(DEFAULT_MIN_IOU),
});

export const mapVectorizeCommand = defineCommand({
  path: ['map', 'vectorize'],
  summary: 'Write the objects of a map as polygons',
  description:
    'Outlines every object of the maps of a run: exactly the polygons of the whole map, found strip by strip in little memory, with area, perimeter, confidence and an id that lasts. Background is left out unless --class asks for it.',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  options: [
    { flags: '--scene <id>', description: 'only this scene of the run [all, in one file]' },
    { flags: '--layer <name>', description: `${LAYERS.join(' or ')} [class]` },
    { flags: '--class <names>', description: 'only these classes, separated by commas [all but background]' },
    {
      flags: '--format <name>',
      description: `${VECTOR_FORMATS.join(', ')} [what --out ends in, or parquet]`,
    },
    { flags: '--out <file>', description: 'where to write it [runs/RUN/vectors/]' },
    { flags: '--crs <crs>', description: "of parquet, fgb and gpkg, such as EPSG:32645 [the map's own]" },
    {
      flags: '--connectivity <n>',
      description: '4: pixels that share an edge are one object; 8: or a corner [4]',
    },
    { flags: '--min-area <m2>', description: 'leave out objects below this area on the ground [0]' },
    {
      flags: '--min-hole <m2>',
      description: 'fill holes below this area on the ground; at most --min-area [0]',
    },
    {
      flags: '--simplify <metres>',
      description:
        'straighten outlines, moving them by at most this; neighbours keep their common borders [0]',
    },
    {
      flags: '--regularise',
      description: 'give objects straight walls and right angles, where their outlines support them',
    },
    {
      flags: '--min-iou <share>',
      description: `least overlap of a regular outline with the one it replaces, which stays otherwise [${DEFAULT_MIN_IOU}]`,
    },
  ],
  examples: [
    'resflow map vectorize latest --min-area 4',
    'resflow map vectorize latest --format gpkg --simplify 0.5 --out landcover.gpkg',
    'resflow map vectorize latest --regularise --min-area 4 --out buildings.fgb',
  ],
  input: inputSchema,
  async run(input, context): Promise<VectorizeResult> {
    await openWorkspace(context.workspace, 'read');
    const run = await readRun(context.workspace, input.run);
    return vectorizeRun(run, { ...input, connectivity: input.connectivity === '8' ? 8 : 4 }, context);
  },
  render: renderVectorize,
});

function renderVectorize({
  files,
  scenes,
  seconds,
  megapixelsPerSecond,
  regularised,
}: VectorizeResult): string {
  const lines = files.map(
    ({ path, format, objects, bytes, crs }) =>
      `${path}: ${objects} objects, ${format}, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${crs}`,
  );
  if (scenes.length > 1)
    lines.push(
      ...textTable(
        ['scene', 'objects', 'Mpx'],
        scenes.map(({ scene, objects, megapixels }) => [scene, String(objects), megapixels.toFixed(1)]),
      ),
    );
  if (regularised !== null)
    lines.push(
      `${regularised.objects} outlines made regular, ${regularised.keptRaw} kept as they were (IoU below ${regularised.minIou}, or not simple)`,
    );
  lines.push(`${seconds.toFixed(1)} s, ${megapixelsPerSecond.toFixed(1)} Mpx/s`);
  return lines.join('\n');
}
