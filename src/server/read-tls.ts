import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { usageError } from '../core/errors.ts';

/** Reads a certificate and its key (PEM files) and sees to it that they go together. Throws usage error BAD_TLS. */
export function readTls({ certificate, key }: { readonly certificate: string; readonly key: string }): {
  cert: Buffer;
  key: Buffer;
} {
  try {
    const read = { cert: readFileSync(certificate), key: readFileSync(key) };
    createSecureContext(read);
    return read;
  } catch (error) {
    throw usageError(
      'BAD_TLS',
      `${certificate} and ${key} cannot be used for HTTPS: ${error instanceof Error ? error.message : String(error)}.`,
      { hint: '--tls-cert and --tls-key name a certificate (chain) and its key, both as PEM.', cause: error },
    );
  }
}
