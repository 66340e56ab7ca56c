import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { InOrder } from '../core/in-order.ts';
import { planMultipart, type PartLimits, type PlannedPart } from './plan-multipart.ts';
import { isNoUpload, isRefused } from './s3-errors.ts';
import type { JoinOptions, Piece } from './store.ts';

/** Sends a request again until it succeeds or fails for good; the key says what it is about. */
export type Ask = <T>(key: string, request: (attempt: number) => Promise<T>) => Promise<T>;

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

export interface UploadPorts {
  readonly client: S3Client;
  readonly ask: Ask;
  readonly at: (key: string) => Place;
  readonly etagOf: (key: string) => string | undefined;
  readonly limits: PartLimits;
}

interface Job {
  readonly key: string;
  readonly pieces: Iterable<Piece>;
  readonly options: JoinOptions;
}

/** Parts on their way at the same time. */
const PARTS_LIMIT = 4;

/**
 * Puts an object together by a multipart upload: what the service can copy from other objects it copies. What fits into
 * one part is sent at once. An upload that fails is ended; what a killed process leaves, `sweepUploads` ends.
 */
export async function joinObject(ports: UploadPorts, { key, pieces, options }: Job): Promise<boolean> {
  const plan = planMultipart(pieces, options.bytes, ports.limits);
  const first = plan.next();
  if (first.done === true) return sendWhole(ports, key, { pieces: [], options });
  if (first.value.kind === 'send' && first.value.bytes === options.bytes)
    return sendWhole(ports, key, { pieces: first.value.pieces, options });
  const at = ports.at(key);
  const { UploadId } = await ports.ask(key, () => ports.client.send(new CreateMultipartUploadCommand(at)));
  const upload = { ...at, UploadId };
  try {
    const tags = await sendParts(ports, { key, upload, parts: withFirst(first.value, plan), options });
    return await complete(ports, { key, upload, tags, options });
  } catch (error) {
    // Best effort: what cannot be ended now is ended by the sweep of the next run.
    await ports.client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

function* withFirst(first: PlannedPart, others: Iterable<PlannedPart>): Generator<PlannedPart> {
  yield first;
  yield* others;
}

type Upload = Place & { readonly UploadId: string | undefined };

async function sendWhole(
  { client, ask, at }: UploadPorts,
  key: string,
  { pieces, options }: { pieces: readonly Piece[]; options: JoinOptions },
): Promise<boolean> {
  const Body = await bytesOf(pieces);
  const request = { ...at(key), Body, ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}) };
  try {
    await ask(key, () => client.send(new PutObjectCommand(request)));
    return true;
  } catch (error) {
    if (isRefused(error)) return false;
    throw error;
  }
}

async function bytesOf(pieces: readonly Piece[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  // One after the other: they lie close together, and what is read for one holds the next.
  for (const piece of pieces) parts.push(await piece.read());
  return Buffer.concat(parts);
}

async function sendParts(
  ports: UploadPorts,
  {
    key,
    upload,
    parts,
    options,
  }: { key: string; upload: Upload; parts: Iterable<PlannedPart>; options: JoinOptions },
): Promise<string[]> {
  const tags: string[] = [];
  const queue = new InOrder<string>(PARTS_LIMIT - 1);
  let PartNumber = 0;
  for (const part of parts) {
    options.signal?.throwIfAborted();
    PartNumber += 1;
    await queue.add(sendPart(ports, { key, part, at: { ...upload, PartNumber } }), (tag) => {
      tags.push(tag);
      return Promise.resolve();
    });
  }
  await queue.drain();
  return tags;
}

async function sendPart(
  { client, ask, at, etagOf }: UploadPorts,
  { key, part, at: place }: { key: string; part: PlannedPart; at: Upload & { readonly PartNumber: number } },
): Promise<string> {
  if (part.kind === 'send') {
    const Body = await bytesOf(part.pieces);
    const { ETag } = await ask(key, () => client.send(new UploadPartCommand({ ...place, Body })));
    return ETag ?? '';
  }
  const from = at(part.key);
  const etag = etagOf(part.key);
  const request = new UploadPartCopyCommand({
    ...place,
    CopySource: encodeURI(`${from.Bucket}/${from.Key}`),
    CopySourceRange: `bytes=${part.offset}-${part.offset + part.bytes - 1}`,
    ...(etag === undefined ? {} : { CopySourceIfMatch: etag }),
  });
  const { CopyPartResult } = await ask(part.key, () => client.send(request));
  return CopyPartResult?.ETag ?? '';
}

async function complete(
  { client, ask, at }: UploadPorts,
  { key, upload, tags, options }: { key: string; upload: Upload; tags: string[]; options: JoinOptions },
): Promise<boolean> {
  const request = new CompleteMultipartUploadCommand({
    ...upload,
    MultipartUpload: { Parts: tags.map((ETag, index) => ({ ETag, PartNumber: index + 1 })) },
    ...(options.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
  });
  return ask(key, async (attempt) => {
    try {
      await client.send(request);
      return true;
    } catch (error) {
      if (isRefused(error)) {
        await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
        return false;
      }
      // The first try may have been done, and only its answer lost.
      if (attempt === 1 || !isNoUpload(error)) throw error;
      const { ContentLength } = await client.send(new HeadObjectCommand(at(key)));
      if (ContentLength !== options.bytes) throw error;
      return true;
    }
  });
}

/** Ends the uploads below a prefix whose key is told to be ours. Gives their number. */
export async function sweepUploads(
  { client, ask }: Pick<UploadPorts, 'client' | 'ask'>,
  place: { readonly Bucket: string; readonly Prefix: string },
  isOurs: (key: string) => boolean,
): Promise<number> {
  let ended = 0;
  let more: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {};
  for (;;) {
    const page = await ask('', () => client.send(new ListMultipartUploadsCommand({ ...place, ...more })));
    for (const { Key, UploadId } of page.Uploads ?? []) {
      // Some services leave the prefix out of account.
      if (Key === undefined || !Key.startsWith(place.Prefix) || !isOurs(Key)) continue;
      const upload = { Bucket: place.Bucket, Key, UploadId };
      await ask('', () =>
        client.send(new AbortMultipartUploadCommand(upload)).catch((error: unknown) => {
          if (!isNoUpload(error)) throw error;
        }),
      );
      ended += 1;
    }
    if (page.IsTruncated !== true) return ended;
    more = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
}
