import { S3Client } from '@aws-sdk/client-s3';

type Environment = Readonly<Record<string, string | undefined>>;

const CONNECT_MS = 5_000;
/** Without a byte for so long, a request counts as lost. */
const SILENCE_MS = 30_000;
const SOCKETS = 64;

/**
 * A client that finds credentials, region and endpoint as all AWS programs do: environment, profile, machine. It tries a
 * request once; who calls it tries again, so that an answer that breaks off in its body is tried again too.
 */
export function createS3Client(env: Environment): S3Client {
  // Said to every user of Node 20 at every start; package-lock.json holds a version that runs on it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const endpoint = env['AWS_ENDPOINT_URL_S3'] ?? env['AWS_ENDPOINT_URL'];
  const region =
    env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? (endpoint === undefined ? null : 'us-east-1');
  return new S3Client({
    ...(region === null ? {} : { region }),
    // Only Amazon answers at BUCKET.host for certain.
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    maxAttempts: 1,
    // Services that are not Amazon's need not know the newer checksums; parts carry their own.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: SILENCE_MS,
      requestTimeout: 0,
      httpAgent: { maxSockets: SOCKETS },
      httpsAgent: { maxSockets: SOCKETS },
    },
  });
}
