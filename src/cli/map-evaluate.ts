import { z } from 'zod';
import { DEFAULT_BLOCK_METRES, DEFAULT_BOUNDARY_PIXELS, FIXED_SETTINGS } from '../evaluation/settings.ts';
import { renderEvaluation } from '../evaluation/render-table.ts';
import type { EvaluationSettings } from '../evaluation/schema.ts';
import { evaluationFile } from '../workspace/layout.ts';
import { openWorkspace, writeRecord } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { evaluateRun } from './evaluate-run.ts';
import { linkEvaluation } from './link-evaluation.ts';
import { openRunEvaluation, type RunEvaluation } from './open-run-evaluation.ts';
import { writeReport } from './write-report.ts';

const idList = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((id) => id.trim())
      .filter((id) => id !== ''),
  )
  .optional();

const inputSchema = z.object({
  run: z.string().min(1),
  report: z.string().optional(),
  scenes: idList,
  labelsFrom: idList,
  block: z.coerce.number().positive().default(DEFAULT_BLOCK_METRES),
  boundary: z.coerce.number().nonnegative().optional(),
  labelObjects: z.enum(['polygons', 'components']).default('polygons'),
  replicates: z.coerce.number().int().min(20).max(100_000).default(1000),
  seed: z.coerce.number().int().default(1),
});

export const mapEvaluateCommand = defineCommand({
  path: ['map', 'evaluate'],
  summary: 'Say how good the maps of a run are, where labels allow it',
  description:
    'Compares the maps of a run with the labels of its scenes: pixels, objects, boundaries, calibration, each with 95 % intervals from resampling blocks of ground. Writes runs/RUN/evaluation.json. Scenes the model was trained on are scored, and left out of the headline.',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  options: [
    { flags: '--report <file>', description: 'also write one self-contained HTML page' },
    { flags: '--scenes <ids>', description: 'only these scenes of the run, separated by commas [all]' },
    { flags: '--labels-from <ids>', description: 'only these label sources, separated by commas [all]' },
    {
      flags: '--block <metres>',
      description: `side of the blocks of ground that are resampled [${DEFAULT_BLOCK_METRES}]`,
    },
    {
      flags: '--boundary <metres>',
      description: `how far a boundary may be off [${DEFAULT_BOUNDARY_PIXELS} pixels of the working GSD]`,
    },
    {
      flags: '--label-objects <how>',
      description:
        'polygons: labels that touch stay apart where they are vectors; components: joined [polygons]',
    },
    { flags: '--replicates <n>', description: 'of the bootstrap [1000]' },
    { flags: '--seed <n>', description: 'of the bootstrap [1]' },
  ],
  examples: ['resflow map evaluate latest --report report.html'],
  input: inputSchema,
  async run(input, context) {
    await openWorkspace(context.workspace, 'write');
    const opened = await openRunEvaluation(context.workspace, input.run, input.labelsFrom ?? null);
    const request = {
      scenes: input.scenes ?? null,
      labelSources: input.labelsFrom ?? null,
      settings: settingsOf(input, opened),
    };
    const evaluation = await evaluateRun(opened, request, context);
    const file = evaluationFile(context.workspace, opened.run.id);
    await writeRecord(file, evaluation);
    await linkEvaluation(opened.run, file, new Set(evaluation.scenes.map(({ scene }) => scene)));
    const files: Record<string, string> = { evaluation: file };
    if (input.report !== undefined)
      files['report'] = await writeReport(input.report, opened, evaluation, context);
    return { ...evaluation, files };
  },
  render: ({ files, ...evaluation }) => renderEvaluation(evaluation, files),
});

function settingsOf(
  input: z.infer<typeof inputSchema>,
  { run, application }: RunEvaluation,
): EvaluationSettings {
  const gsd = run.parameters.gsdMetres ?? application.gsdMetres;
  return {
    ...FIXED_SETTINGS,
    blockMetres: input.block,
    boundaryMetres: input.boundary ?? DEFAULT_BOUNDARY_PIXELS * gsd,
    minObjectM2: application.minObjectM2,
    labelObjects: input.labelObjects,
    bootstrap: { replicates: input.replicates, seed: input.seed, level: 0.95 },
    labelSources: input.labelsFrom ?? null,
  };
}
