import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { writeFileAtomic } from '../core/atomic-file.ts';
import { reportPage } from '../evaluation/report/report-page.ts';
import type { Evaluation } from '../evaluation/schema.ts';
import { readHistory } from '../training/history.ts';
import { modelFolder } from '../workspace/layout.ts';
import type { CommandContext } from './command.ts';
import type { RunEvaluation } from './open-run-evaluation.ts';
import { drawReportImages } from './report-images.ts';

/** Draws and writes the HTML page; returns its absolute path. */
export async function writeReport(
  file: string,
  opened: RunEvaluation,
  evaluation: Evaluation,
  context: CommandContext,
): Promise<string> {
  const path = resolve(file);
  const pictures = await drawReportImages(opened, evaluation, context);
  const { application, model } = opened.run;
  const history = await readHistory(
    join(modelFolder(context.workspace, application, model.id), 'history.jsonl'),
  );
  const page = reportPage({
    evaluation,
    card: opened.card,
    history,
    ...pictures,
    programVersion: await programVersion(),
  });
  await writeFileAtomic(path, page);
  return path;
}

async function programVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
