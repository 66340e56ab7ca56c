import { z } from 'zod';
import { ERROR_FAMILIES, usageError } from '../core/errors.ts';
import { ID_PATTERN } from '../core/ids.ts';
import { refusal } from '../core/refused-file.ts';
import { isoDate } from '../ingest/acquisition-time.ts';
import { addScenes } from '../ingest/add-scenes.ts';
import { findSources } from '../ingest/find-sources.ts';
import type { NoDataChoice } from '../ingest/no-data-rule.ts';
import { parseCrs } from '../raster/crs.ts';
import { SPLITS } from '../workspace/scene-record.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { refusedLines } from './refused-files.ts';
import { sceneLine, sceneSummary } from './scene-summary.ts';

const inputSchema = z.object({
  paths: z.array(z.string().min(1)).min(1),
  place: z.string().trim().min(1),
  split: z.enum(SPLITS).optional(),
  id: z.string().regex(ID_PATTERN, 'letters, digits, `.`, `_`, `-`, at most 120').optional(),
  crs: z.string().optional(),
  nodata: z.string().optional(),
  nodataColour: z.string().optional(),
  date: z.string().optional(),
  bands: z.string().optional(),
  replace: z.boolean().optional(),
});
type Input = z.infer<typeof inputSchema>;

export const sceneAddCommand = defineCommand({
  path: ['scene', 'add'],
  summary: 'Add scenes: files, folders, globs, http(s) or s3 addresses, STAC Items',
  description:
    'Reads each source in place, never copies it, and writes one STAC Item a scene. Sources that cannot be used are listed with the reason; the others are added. Adding a source again changes nothing. For s3 addresses: credentials by AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (AWS_NO_SIGN_REQUEST=YES for public buckets); AWS_ENDPOINT_URL for a service that is not Amazon.',
  args: [
    {
      name: 'paths',
      description: 'files, folders (searched for rasters), globs, addresses, STAC Items or ItemCollections',
      required: true,
      variadic: true,
    },
  ],
  options: [
    { flags: '--place <name>', description: 'place the scenes show; splits keep places together (required)' },
    { flags: '--split <split>', description: `fixed split: ${SPLITS.join(', ')}` },
    { flags: '--id <id>', description: 'identifier, for a single source; otherwise from the file name' },
    { flags: '--crs <crs>', description: 'CRS of sources that do not state theirs, for example EPSG:32645' },
    {
      flags: '--nodata <value>',
      description: 'value of pixels without data, or nan; overrides what the file says',
    },
    { flags: '--nodata-colour <r,g,b[,tolerance]>', description: 'colour of pixels without data' },
    { flags: '--date <iso>', description: 'time of acquisition, ISO 8601, where the file does not tell it' },
    {
      flags: '--bands <names>',
      description: 'common names of the bands in file order, for example red,green,blue,nir',
    },
    { flags: '--replace', description: 'record anew scenes that are there already' },
  ],
  examples: ['resflow scene add survey/*.tif --place banepa --split train'],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    const options = {
      place: input.place,
      split: input.split ?? null,
      crs: checkedCrs(input.crs),
      noData: noDataChoice(input),
      date: checkedDate(input.date),
      bands: input.bands?.split(',').map((name) => name.trim()) ?? null,
      id: input.id ?? null,
      replace: input.replace ?? false,
    };
    const { sources, problems } = await findSources(input.paths);
    if (options.id !== null && sources.length > 1) {
      throw usageError('BAD_OPTION', `--id names one scene, but ${sources.length} sources were found.`, {
        hint: 'Leave --id out, or add the sources one by one.',
      });
    }
    const ports = {
      root: context.workspace,
      now: context.now(),
      progress: context.progress,
      signal: context.signal,
    };
    const result = await addScenes(sources, options, ports);
    return {
      scenes: result.added.map(({ scene, status }) => ({ ...sceneSummary(scene), status })),
      refused: [...problems.map(({ path, error }) => refusal(path, error)), ...result.refused],
    };
  },
  render: ({ scenes, refused }) =>
    [
      ...scenes.map((scene) => `${scene.status.padEnd(8)} ${sceneLine(scene)}`),
      ...refusedLines(refused),
      `${scenes.length} scene(s), ${refused.length} refused.`,
    ].join('\n'),
  exitCode: ({ scenes, refused }) =>
    refused.length === 0
      ? 0
      : scenes.length === 0
        ? ERROR_FAMILIES.input.exitCode
        : ERROR_FAMILIES.partial.exitCode,
});

function checkedCrs(text: string | undefined): string | null {
  if (text === undefined) return null;
  parseCrs(text);
  return text;
}

function checkedDate(text: string | undefined): string | null {
  if (text === undefined) return null;
  const date = isoDate(text);
  if (date !== null) return date;
  throw usageError('BAD_OPTION', `--date ${text} is no ISO 8601 date or time.`, {
    hint: 'For example 2023-05-17 or 2023-05-17T10:30:00Z.',
  });
}

function noDataChoice({ nodata, nodataColour }: Input): NoDataChoice {
  if (nodata !== undefined && nodataColour !== undefined) {
    throw usageError('BAD_OPTION', '--nodata and --nodata-colour exclude each other.', {
      hint: 'Give one of them.',
    });
  }
  if (nodata !== undefined) {
    if (nodata.trim().toLowerCase() === 'nan') return { kind: 'value', value: 'nan' };
    return { kind: 'value', value: numbers(nodata, '--nodata')[0] ?? 0 };
  }
  if (nodataColour === undefined) return { kind: 'auto' };
  const parts = numbers(nodataColour, '--nodata-colour');
  if (parts.length === 4)
    return { kind: 'colour', colour: parts.slice(0, 3), tolerance: Math.abs(parts[3] ?? 0) };
  if (parts.length === 3 || parts.length === 1) return { kind: 'colour', colour: parts, tolerance: 0 };
  throw usageError(
    'BAD_OPTION',
    `--nodata-colour ${nodataColour}: three numbers, and a tolerance as the fourth.`,
    {
      hint: 'For example --nodata-colour 255,255,255,5',
    },
  );
}

function numbers(text: string, option: string): number[] {
  const parts = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (parts.every(Number.isFinite)) return parts;
  throw usageError('BAD_OPTION', `${option} ${text}: not a number.`, { hint: `For example ${option} 0` });
}
