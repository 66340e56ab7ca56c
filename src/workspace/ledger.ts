import type { z } from 'zod';
import type { ChipTaskReport } from '../engine/chip-task.ts';
import { mapTaskReportSchema, type MapTaskReport } from '../engine/protocol.ts';
import type { Store } from '../storage/store.ts';
import { markerFile, partFile } from './layout.ts';

/** What every marker says of its part. */
interface Marked {
  readonly task: string;
  readonly partBytes: number;
}

/** The marker of a finished region of a map; see `readMarkerOf`. */
export const readMarker = (store: Store, task: string): Promise<MapTaskReport | null> =>
  readMarkerOf(store, task, mapTaskReportSchema);

export const markerKey = (task: string): string => markerFile('', task);
export const partKey = (task: string): string => partFile('', task);

/**
 * The marker of a finished task, or null where the task has to run. A marker counts only with its part file at the size
 * it states; one that is damaged or lost its part is removed, so that the task runs again.
 */
export async function readMarkerOf<R extends Marked>(
  store: Store,
  task: string,
  schema: z.ZodType<R>,
): Promise<R | null> {
  const marker = await store.readAll(markerKey(task));
  if (marker === null) return null;
  const report = parseMarker(marker, schema);
  if (report !== null && (await store.sizeOf(partKey(task))) === report.partBytes) return report;
  await forgetTask(store, task);
  return null;
}

/** Makes a task count as not done: the marker goes first. */
export async function forgetTask(store: Store, task: string): Promise<void> {
  await store.remove(markerKey(task));
  await store.remove(partKey(task));
}

/** Records a task as finished; false where another worker finished it first. The part must be in place. */
export const writeMarker = (store: Store, report: MapTaskReport | ChipTaskReport): Promise<boolean> =>
  store.writeIfAbsent(markerKey(report.task), `${JSON.stringify(report)}\n`);

function parseMarker<R>(bytes: Uint8Array, schema: z.ZodType<R>): R | null {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString()));
  } catch {
    return null;
  }
}
