import { createHash } from 'node:crypto';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { workerCommand } from '../../src/cli/worker-command.ts';
import type { FinalReply } from '../../src/engine/worker-process.ts';
import { WorkerProcess } from '../../src/engine/worker-process.ts';
import type { MapTask } from '../../src/engine/protocol.ts';
import { markerKey, partKey } from '../../src/workspace/ledger.ts';
import type { S3Service } from './s3.ts';

/**
 * Has a task of a run in `s3://maps/PREFIX` done again by a worker that is given the storage and nothing else; its reply,
 * and the digests of the task's part before and after.
 */
export async function redoRemotely(
  service: S3Service,
  { prefix, task, env }: { prefix: string; task: MapTask; env: Record<string, string> },
): Promise<{ reply: FinalReply; before: string; after: string }> {
  const part = `${prefix}/${partKey(task.id)}`;
  const digest = async () =>
    createHash('sha256')
      .update(await service.read(part))
      .digest('hex');
  const before = await digest();
  for (const Key of [part, `${prefix}/${markerKey(task.id)}`])
    await service.client.send(new DeleteObjectCommand({ Bucket: service.bucket, Key }));
  const worker = new WorkerProcess(workerCommand(`s3://maps/${prefix}`, { ...process.env, ...env }));
  const reply = await worker.ask({ type: 'task', task });
  await worker.stop(1000);
  return { reply, before, after: await digest() };
}
