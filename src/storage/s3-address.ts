import { usageError } from '../core/errors.ts';

/** Where in S3 a run keeps its parts, ledger and maps. */
export interface S3Address {
  readonly bucket: string;
  /** Without slashes at its ends; may be empty. */
  readonly prefix: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9!_.*'()/-]*$/;

export const isS3 = (text: string): boolean => text.startsWith('s3://');

/** Reads `s3://BUCKET/PREFIX`. Throws usage error BAD_STORAGE. */
export function parseS3Address(text: string): S3Address {
  const [, bucket = '', rest = ''] = /^s3:\/\/([^/]*)(?:\/(.*))?$/.exec(text) ?? [];
  const prefix = rest.replace(/^\/+|\/+$/g, '');
  const plain = !prefix.split('/').some((step) => step === '..' || step === '.') && !prefix.includes('//');
  if (BUCKET.test(bucket) && PREFIX.test(prefix) && plain) return { bucket, prefix };
  // Not repeated in the message: somebody may have put a key into it.
  throw usageError('BAD_STORAGE', 'The storage is no address of the form s3://BUCKET/PREFIX.', {
    hint: 'Give a bucket (small letters, digits, `.`, `-`) and a prefix without special characters. Credentials never stand in it: they come from the environment, a profile or the machine.',
  });
}

export const formatS3Address = ({ bucket, prefix }: S3Address): string =>
  `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}`;
