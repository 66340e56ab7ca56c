import { inputError, type ResflowError } from '../core/errors.ts';
import { NO_REASON } from './gdal.ts';
import { gdalPath } from './gdal-path.ts';

const DENIED =
  /AWS_[A-Z_]+|access key|credential|signature|access ?denied|forbidden|not authori[sz]ed|\b40[13]\b/i;
const MISSING = /does not exist|no ?such|not found|\b404\b/i;

/**
 * Why GDAL could not reach an address, by what it says: ACCESS_DENIED, FILE_NOT_FOUND, or null where the address was
 * reached, or is no remote one. GDAL gives no codes, only texts.
 */
export function remoteError(href: string, why: string, cause: unknown): ResflowError | null {
  const path = gdalPath(href);
  const isS3 = path.startsWith('/vsis3/');
  if (!isS3 && !path.startsWith('/vsicurl/')) return null;
  const details = { context: { file: href }, cause };
  if (DENIED.test(why)) {
    return inputError('ACCESS_DENIED', `${href} may not be read: ${why}`, {
      hint: isS3 ? S3_HINT : 'Check whether the address needs credentials, or is signed and has expired.',
      ...details,
    });
  }
  // GDAL's stat says nothing at all where there is nothing.
  const silent = why === NO_REASON;
  if (!MISSING.test(why) && !silent) return null;
  return inputError('FILE_NOT_FOUND', `${href} is not there${silent ? '.' : `: ${why}`}`, {
    hint: isS3
      ? 'Check bucket and key, AWS_REGION, and AWS_ENDPOINT_URL where the service is not Amazon.'
      : 'Check the address and the network.',
    ...details,
  });
}

const S3_HINT =
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (with AWS_SESSION_TOKEN where they are temporary), or AWS_PROFILE; AWS_NO_SIGN_REQUEST=YES reads public buckets; AWS_ENDPOINT_URL names a service that is not Amazon.';
