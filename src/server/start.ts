import type { AddressInfo } from 'node:net';
import { resourceError, systemErrorCode } from '../core/errors.ts';
import { createServer, type ServerOptions } from './app.ts';
import type { ServerContext } from './server-context.ts';

export interface RunningServer {
  readonly url: string;
  /** Settles once the context's signal was aborted and every connection is closed. */
  readonly stopped: Promise<void>;
}

/** Listens until the context's signal is aborted. Throws resource errors PORT_TAKEN, CANNOT_LISTEN. */
export async function startServer(
  context: ServerContext,
  { host, port, ...options }: ServerOptions & { readonly host: string; readonly port: number },
): Promise<RunningServer> {
  const app = await createServer(context, options);
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw cannotListen(error, host, port);
  }
  const stopped = new Promise<void>((resolve, reject) => {
    const close = () => {
      // Streams of events would stay open for ever.
      app.server.closeAllConnections();
      app.close().then(resolve, reject);
    };
    if (context.signal.aborted) close();
    else context.signal.addEventListener('abort', close, { once: true });
  });
  const { port: actual } = app.server.address() as AddressInfo;
  const shown = host.includes(':') ? `[${host}]` : host;
  return { url: `${options.tls === null ? 'http' : 'https'}://${shown}:${actual}/`, stopped };
}

function cannotListen(error: unknown, host: string, port: number): unknown {
  const code = systemErrorCode(error);
  const context = { host, port };
  if (code === 'EADDRINUSE') {
    return resourceError('PORT_TAKEN', `Port ${port} of ${host} is in use by another program.`, {
      hint: 'Give another --port, or --port 0 for any that is free.',
      context,
      cause: error,
    });
  }
  return resourceError(
    'CANNOT_LISTEN',
    `The server cannot listen on ${host}:${port}: ${code ?? String(error)}.`,
    {
      hint: 'Is --host an address of this machine, and may you use this port?',
      context,
      cause: error,
    },
  );
}
