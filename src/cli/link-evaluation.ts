import { relative, dirname, sep } from 'node:path';
import { z } from 'zod';
import { isS3 } from '../storage/s3-address.ts';
import type { RunRecord } from '../workspace/run-record.ts';
import { readRecordIfAny, writeRecord } from '../workspace/workspace.ts';

const REL = 'resflow:evaluation';

const itemSchema = z.looseObject({ links: z.array(z.looseObject({ rel: z.string() })) });

/** Links the evaluation from the STAC Items of the maps that it scored, and from no other map of the run. */
export async function linkEvaluation(
  run: RunRecord,
  file: string,
  scored: ReadonlySet<string>,
): Promise<void> {
  for (const { scene, item: path } of run.scenes) {
    // The evaluation stays in the workspace: nothing in a storage can point to it.
    const item = path === null || isS3(path) ? null : await readRecordIfAny(path, itemSchema);
    if (path === null || item === null) continue;
    const others = item.links.filter(({ rel }) => rel !== REL);
    const href = relative(dirname(path), file).split(sep).join('/');
    const link = { rel: REL, href, type: 'application/json', title: 'Scores of the map' };
    await writeRecord(path, { ...item, links: scored.has(scene) ? [...others, link] : others });
  }
}
