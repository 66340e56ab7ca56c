import { rm, stat } from 'node:fs/promises';
import { writeFileExclusive } from '../core/atomic-file.ts';
import { ResflowError, systemErrorCode } from '../core/errors.ts';
import type { z } from 'zod';
import type { ChipTaskReport } from '../engine/chip-task.ts';
import { mapTaskReportSchema, type MapTaskReport } from '../engine/protocol.ts';
import { markerFile, partFile } from './layout.ts';
import { readRecordIfAny } from './workspace.ts';

/** What every marker says of its part. */
interface Marked {
  readonly task: string;
  readonly partBytes: number;
}

/** The marker of a finished region of a map; see `readMarkerOf`. */
export const readMarker = (root: string, task: string): Promise<MapTaskReport | null> =>
  readMarkerOf(root, task, mapTaskReportSchema);

/**
 * The marker of a finished task, or null where the task has to run. A marker counts only with its part file at the size
 * it states; one that is damaged or lost its part is removed, so that the task runs again.
 */
export async function readMarkerOf<R extends Marked>(
  root: string,
  task: string,
  schema: z.ZodType<R>,
): Promise<R | null> {
  const marker = markerFile(root, task);
  const report = await readRecordIfAny(marker, schema).catch((error: unknown) => {
    if (error instanceof ResflowError && error.code === 'RECORD_DAMAGED') return 'damaged' as const;
    throw error;
  });
  if (report === null) return null;
  if (report !== 'damaged' && (await sizeOf(partFile(root, task))) === report.partBytes) return report;
  await rm(marker, { force: true });
  await rm(partFile(root, task), { force: true });
  return null;
}

/** Records a task as finished; false where another worker finished it first. The part must be in place. */
export const writeMarker = (root: string, report: MapTaskReport | ChipTaskReport): Promise<boolean> =>
  writeFileExclusive(markerFile(root, report.task), `${JSON.stringify(report)}\n`);

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
