import { expect, it } from 'vitest';
import { gdalStorageSettings } from './object-storage.ts';

const settings = (host: string, https: string) => ({
  AWS_S3_ENDPOINT: host,
  AWS_HTTPS: https,
  AWS_VIRTUAL_HOSTING: 'FALSE',
});

it.each([
  [{}, {}],
  [{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9000' }, settings('127.0.0.1:9000', 'NO')],
  [
    { AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'https://store.example/' },
    settings('store.example', 'YES'),
  ],
  [{ AWS_ENDPOINT_URL: 'https://a', AWS_S3_ENDPOINT: 'b' }, {}],
  [{ AWS_ENDPOINT_URL: 'nonsense' }, {}],
])('%o', (env, expected) => expect(gdalStorageSettings(env)).toEqual(expected));
