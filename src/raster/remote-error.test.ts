import { expect, it } from 'vitest';
import { remoteError } from './remote-error.ts';

// What GDAL 3.6 says of an S3 service (its own words, or those of Amazon's XML) and of HTTP.
it.each([
  [
    's3://b/k',
    'AWS_SECRET_ACCESS_KEY and AWS_NO_SIGN_REQUEST configuration options not defined',
    'ACCESS_DENIED',
  ],
  ['s3://b/k', 'The AWS Access Key Id you provided does not exist in our records.', 'ACCESS_DENIED'],
  [
    's3://b/k',
    'The request signature we calculated does not match the signature you provided.',
    'ACCESS_DENIED',
  ],
  ['/vsis3/b/k', 'Access Denied', 'ACCESS_DENIED'],
  ['s3://b/k', 'The specified bucket does not exist', 'FILE_NOT_FOUND'],
  ['s3://b/k', "`/vsis3/b/k' does not exist in the file system", 'FILE_NOT_FOUND'],
  ['s3://b/k', 'GDAL gave no reason', 'FILE_NOT_FOUND'],
  ['https://h/k', 'HTTP response code: 404', 'FILE_NOT_FOUND'],
  ['https://h/k', 'HTTP response code: 403', 'ACCESS_DENIED'],
  ['s3://b/k', "`/vsis3/b/k' not recognized as a supported file format.", undefined],
  ['/data/k', 'No such file', undefined],
])('%s: %s is %s', (href, why, code) => {
  expect(remoteError(href, why, null)?.code).toBe(code);
});
