import { resourceError, systemErrorCode, type ResflowError } from '../core/errors.ts';

/** What S3 and its client say of a failed request: the name of the error, and the HTTP status where there was one. */
interface S3Failure {
  readonly name: string;
  readonly status: number | null;
}

function failureOf(error: unknown): S3Failure {
  if (typeof error !== 'object' || error === null) return { name: '', status: null };
  const name = 'name' in error && typeof error.name === 'string' ? error.name : '';
  const metadata = '$metadata' in error ? error.$metadata : null;
  const status =
    typeof metadata === 'object' &&
    metadata !== null &&
    'httpStatusCode' in metadata &&
    typeof metadata.httpStatusCode === 'number'
      ? metadata.httpStatusCode
      : null;
  return { name, status };
}

const MISSING = new Set(['NotFound', 'NoSuchKey']);

/** There is no such object. */
export function isMissing(error: unknown): boolean {
  const { name, status } = failureOf(error);
  return MISSING.has(name) || (status === 404 && name !== 'NoSuchBucket' && name !== 'NoSuchUpload');
}

/** A condition of the request did not hold: the object is there already, or is another one. */
export const isRefused = (error: unknown): boolean => failureOf(error).status === 412;

export const isNoUpload = (error: unknown): boolean => failureOf(error).name === 'NoSuchUpload';

/** The range asked for begins behind the object's end. */
export const isBeyondEnd = (error: unknown): boolean => failureOf(error).status === 416;

const PASSING_STATUS = new Set([408, 409, 429]);
const PASSING_NAMES = new Set([
  'TimeoutError',
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'CutShort',
]);
const PASSING_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Whether another try may succeed: the network, a busy or restarting service, an answer that was cut short. */
export function isPassing(error: unknown): boolean {
  const { name, status } = failureOf(error);
  if (status !== null && status >= 500 && status !== 501) return true;
  if (status !== null && PASSING_STATUS.has(status)) return true;
  const code = systemErrorCode(error);
  if (PASSING_NAMES.has(name) || (code !== null && PASSING_CODES.has(code))) return true;
  // An answer that broke off inside its XML or its status line.
  if (error instanceof SyntaxError || (code?.startsWith('HPE_') ?? false)) return true;
  return (
    error instanceof Error &&
    /aborted|socket hang up|unclosed|unexpected end|deserialization/i.test(error.message)
  );
}

/** The bytes that came are fewer than were announced. */
export function cutShort(address: string, wanted: number, came: number): Error {
  const error = new Error(`${address}: ${came} bytes came where ${wanted} were announced`);
  error.name = 'CutShort';
  return error;
}

const CREDENTIALS =
  'Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the machine; the storage needs the rights to get, put, delete and list. AWS_REGION names the region, AWS_ENDPOINT_URL a service that is not Amazon.';
const DENIED = /AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|Credentials/;

/** The failed request on an address as an error of ours: STORAGE_DENIED, STORAGE_MISSING or STORAGE_FAILED. */
export function storageError(address: string, error: unknown): ResflowError {
  const { name, status } = failureOf(error);
  const why = error instanceof Error ? error.message : String(error);
  const said = `${name}${status === null ? '' : ` (HTTP ${status})`}: ${why}`;
  const details = { context: { file: address, status }, cause: error };
  if (name === 'NoSuchBucket') {
    return resourceError('STORAGE_MISSING', `There is no bucket for ${address}: ${said}`, {
      hint: 'Make the bucket first, or check its name, AWS_REGION and AWS_ENDPOINT_URL.',
      ...details,
    });
  }
  if (status === 403 || status === 401 || DENIED.test(name)) {
    return resourceError('STORAGE_DENIED', `The storage refuses access to ${address}: ${said}`, {
      hint: CREDENTIALS,
      ...details,
    });
  }
  return resourceError('STORAGE_FAILED', `The storage cannot be used at ${address}: ${said}`, {
    hint: 'Check that the service is up and reachable, then `resflow map resume RUN`; finished regions are kept.',
    ...details,
  });
}

/** What stops all regions of a run, not one: the storage itself. */
export const STORAGE_CODES = ['STORAGE_DENIED', 'STORAGE_MISSING', 'STORAGE_FAILED'] as const;
