import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { cutShort } from './s3-errors.ts';

/** Bytes of an object, with what is known of all of it. */
export interface S3Range {
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly etag: string;
}

export interface RangeRequest {
  readonly Bucket: string;
  readonly Key: string;
  /** As HTTP's Range; all of it where absent. */
  readonly Range?: string;
  /** Only if it is this one. */
  readonly IfMatch?: string;
}

/** Reads a range of an object to its end, once. An answer that breaks off throws. */
export async function readRange(client: S3Client, request: RangeRequest): Promise<S3Range> {
  const answer = await client.send(new GetObjectCommand(request));
  const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array(0);
  const announced = answer.ContentLength ?? bytes.length;
  if (bytes.length !== announced) throw cutShort(request.Key, announced, bytes.length);
  const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1];
  return { bytes, size: total === undefined ? bytes.length : Number(total), etag: answer.ETag ?? '' };
}
