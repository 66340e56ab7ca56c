import { z } from 'zod';
import { ERROR_FAMILIES, toResflowError, usageError, type ResflowError } from '../core/errors.ts';
import { refusal, type RefusedFile } from '../core/refused-file.ts';
import { outsideAllScenes, prepareLabels, validityCache, type LabelRequest } from '../labels/add-labels.ts';
import { parseCrs } from '../raster/crs.ts';
import type { Application } from '../workspace/application-record.ts';
import { readApplication, readLabelSources, writeLabelSource } from '../workspace/applications.ts';
import { readScenes } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { labelLines, labelSummary, type LabelSummary } from './label-summary.ts';
import { refusedLines } from './refused-files.ts';

const inputSchema = z.object({
  name: z.string(),
  files: z.array(z.string().min(1)).min(1),
  class: z.string().optional(),
  attribute: z.string().optional(),
  map: z.array(z.string()).default([]),
  layer: z.string().optional(),
  scene: z.array(z.string()).optional(),
  complete: z.string().default('none'),
  crs: z.string().optional(),
  buffer: z.coerce.number().positive().optional(),
});
type Input = z.infer<typeof inputSchema>;

export const labelAddCommand = defineCommand({
  path: ['label', 'add'],
  summary: 'Add labels to an application: vectors or class rasters, in any CRS',
  description:
    'Reads vectors (GeoJSON, GeoPackage, FlatGeobuf, Shapefile, GeoParquet, whatever GDAL opens) or class rasters in place, and says how many objects hit which scenes and how much of each scene is labelled. Pixels without a label say nothing, unless --complete tells where absence of a label means background. Later labels win over earlier ones.',
  args: [
    { name: 'name', description: 'the application', required: true },
    { name: 'files', description: 'label files', required: true, variadic: true },
  ],
  options: [
    { flags: '--class <name>', description: 'class of all objects' },
    { flags: '--attribute <column>', description: 'attribute that holds the class' },
    {
      flags: '--map <value=class>',
      description:
        'class of an attribute value or a pixel value; `background`, `ignore` and the value `*` are known',
      repeat: true,
    },
    { flags: '--layer <name>', description: 'layer, where the file has several' },
    {
      flags: '--scene <id>',
      description: 'only this scene (may be repeated); otherwise the scenes that the labels hit',
      repeat: true,
    },
    {
      flags: '--complete <none|scene|polygons>',
      description:
        'where absence of a label means background: nowhere, in the whole scene, or within the polygons of a file; `--complete within FILE` says the same (default: none)',
      preposition: 'within',
    },
    { flags: '--crs <crs>', description: 'CRS of files that do not state theirs, or state a wrong one' },
    {
      flags: '--buffer <metres>',
      description: 'widen lines and points to areas by this distance on the ground',
    },
  ],
  examples: [
    'resflow label add buildings footprints.geojson --class building --complete scene',
    'resflow label add buildings footprints.gpkg --class building --complete within surveyed.geojson',
    'resflow label add cover landcover.gpkg --attribute kind --map lake=water --map wood=forest --map "*=ignore"',
    'resflow label add cover mask.png --scene tile_7 --map 1=building --map 0=background',
  ],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    const app = await readApplication(context.workspace, input.name);
    const request = requestOf(input, app);
    const { labels, refused, errors, outside } = await addFiles(input.files, app, request, context);
    const [first] = errors;
    if (labels.length === 0 && first !== undefined) throw first;
    if (labels.length === 0)
      throw outsideAllScenes(
        app,
        outside.flatMap(({ warnings }) => warnings),
      );
    return { application: app.name, labels: [...labels, ...outside], refused };
  },
  render: ({ labels, refused }) => [...labels.flatMap(labelLines), ...refusedLines(refused)].join('\n'),
  exitCode: ({ refused }) => (refused.length === 0 ? 0 : ERROR_FAMILIES.partial.exitCode),
});

function requestOf(input: Input, app: Application): LabelRequest {
  if (input.class !== undefined && input.attribute !== undefined) {
    throw usageError('BAD_OPTION', '--class and --attribute exclude each other.', {
      hint: 'All objects are of one class, or an attribute says which.',
    });
  }
  if (input.complete !== 'none' && !app.background) {
    throw usageError(
      'COMPLETE_WITHOUT_BACKGROUND',
      `--complete says where background is, but application '${app.name}' has none.`,
      { hint: 'Leave --complete out.' },
    );
  }
  if (input.crs !== undefined) parseCrs(input.crs);
  const complete =
    input.complete === 'none' || input.complete === 'scene'
      ? ({ kind: input.complete } as const)
      : ({ kind: 'polygons', href: input.complete } as const);
  return {
    className: input.class ?? null,
    attribute: input.attribute ?? null,
    map: input.map,
    layer: input.layer ?? null,
    crs: input.crs ?? null,
    bufferMetres: input.buffer ?? null,
    named: input.scene ?? null,
    complete,
  };
}

async function addFiles(
  files: readonly string[],
  app: Application,
  request: LabelRequest,
  context: CommandContext,
) {
  const scenes = await readScenes(context.workspace, request.named ?? 'all');
  if (scenes.length === 0)
    throw usageError('NO_SCENES', 'There are no scenes to label.', {
      hint: 'Add some with `resflow scene add`.',
    });
  const known = new Set((await readLabelSources(context.workspace, app.name)).map(({ id }) => id));
  const validity = validityCache(app.gsdMetres);
  const labels: LabelSummary[] = [];
  const outside: LabelSummary[] = [];
  const refused: RefusedFile[] = [];
  const errors: ResflowError[] = [];
  context.progress.start('Reading labels', files.length, 'files');
  for (const [i, path] of files.entries()) {
    context.signal.throwIfAborted();
    // A millisecond apart, so that later files win.
    const created = new Date(context.now().getTime() + i).toISOString();
    try {
      const prepared = await prepareLabels(app, path, request, { scenes, created, validity });
      const hits = prepared.record.coverage.length > 0;
      if (hits) await writeLabelSource(context.workspace, prepared.record);
      (hits ? labels : outside).push(
        labelSummary(prepared.record, { ...prepared, added: hits, replaced: known.has(prepared.record.id) }),
      );
    } catch (error) {
      const failure = toResflowError(error);
      if (failure.family === 'internal' || failure.family === 'workspace') throw failure;
      errors.push(failure);
      refused.push(refusal(path, failure));
    }
    context.progress.update(i + 1, path);
  }
  return { labels, outside, refused, errors };
}
