import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startS3Proxy, type S3Proxy } from './s3-proxy.ts';

const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));
const SERVER = fileURLToPath(new URL('../fixtures/s3-server.py', import.meta.url));

/** Why there is no S3 service to test against, or null where there is. */
export function s3Missing(): string | null {
  if (!existsSync(PYTHON)) return `no Python environment at ${PYTHON} (npm run setup makes it)`;
  const found = spawnSync(PYTHON, ['-c', 'import moto, flask, flask_cors'], { stdio: 'ignore' }).status === 0;
  return found ? null : `${PYTHON} lacks moto (npm run setup -- --with tests)`;
}

/** So that it is found wherever it was written. */
export const SECRET = 'a-secret-that-stands-nowhere-else';

export interface S3Service {
  readonly bucket: string;
  /** What programs need to reach it, through the proxy. */
  readonly env: Record<string, string>;
  readonly proxy: S3Proxy;
  /** Past the proxy. */
  readonly client: S3Client;
  /** Keys and sizes below a prefix. */
  list(prefix?: string): Promise<Record<string, number>>;
  read(key: string): Promise<Buffer>;
  /** Keys of uploads that were begun and not ended. */
  uploads(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts an S3 service in memory with a bucket `maps`, behind a proxy that can fail; all tests' own requests go past that. */
export async function startS3({ leastPartBytes = 5 * 2 ** 20 } = {}): Promise<S3Service> {
  const bucket = 'maps';
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const server = spawn(PYTHON, [SERVER, bucket], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, S3_UPLOAD_PART_MIN_SIZE: String(leastPartBytes) },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.once('exit', (code) => reject(new Error(`the S3 service ended with ${code}`)));
    server.stdout.once('data', (data: Buffer) => resolve(Number(data.toString())));
  });
  const proxy = await startS3Proxy(port);
  const credentials = { accessKeyId: 'KEY', secretAccessKey: SECRET };
  const client = new S3Client({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
  });
  return {
    bucket,
    proxy,
    client,
    // Nothing of the machine's own settings.
    env: {
      AWS_ENDPOINT_URL: proxy.address,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    },
    async list(prefix = '') {
      const found: [string, number][] = [];
      for (let token: string | undefined; ;) {
        const page = await client.send(
          new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }),
        );
        for (const { Key = '', Size = 0 } of page.Contents ?? []) found.push([Key, Size]);
        token = page.NextContinuationToken;
        if (token === undefined) return Object.fromEntries(found);
      }
    },
    async read(key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async uploads() {
      const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      return (Uploads ?? []).map(({ Key = '' }) => Key);
    },
    async stop() {
      await proxy.stop();
      client.destroy();
      server.stdin.end();
      server.kill();
    },
  };
}
