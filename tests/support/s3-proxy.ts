import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * What goes wrong with a request. lose: it never arrives, the connection breaks; forget: it arrives, its answer does not;
 * cut: the answer breaks off halfway; twice: it arrives twice; a number: this HTTP status in place of an answer.
 */
export type Fault = 'lose' | 'forget' | 'cut' | 'twice' | number;

const ERROR_CODES: Readonly<Record<number, string>> = {
  403: 'AccessDenied',
  500: 'InternalError',
  503: 'SlowDown',
};

/** A request as the proxy saw it; `index` counts from 0. */
export interface SeenRequest {
  readonly index: number;
  readonly method: string;
  /** With query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bodyBytes: number;
}

export interface S3Proxy {
  readonly address: string;
  /** All requests so far. */
  readonly seen: SeenRequest[];
  /** Decides what goes wrong from now on; null: nothing. */
  fault: ((request: SeenRequest) => Fault | null | Promise<Fault | null>) | null;
  stop(): Promise<void>;
}

/** Stands between clients and a service on a local port, and does to chosen requests what networks do. */
export async function startS3Proxy(target: number): Promise<S3Proxy> {
  const seen: SeenRequest[] = [];
  const proxy: { fault: S3Proxy['fault'] } = { fault: null };
  const server = createServer((incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  const handle = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await bytesOf(incoming);
    const one: SeenRequest = {
      index: seen.length,
      method: incoming.method ?? '',
      path: incoming.url ?? '',
      headers: incoming.headers,
      bodyBytes: body.length,
    };
    seen.push(one);
    const fault = (await proxy.fault?.(one)) ?? null;
    if (fault === 'lose') {
      incoming.socket.destroy();
      return;
    }
    if (typeof fault === 'number') {
      outgoing.writeHead(fault, { 'content-type': 'application/xml', connection: 'close' });
      const code = ERROR_CODES[fault];
      const said = `<?xml version="1.0"?><Error><Code>${code ?? ''}</Code><Message>made up</Message></Error>`;
      outgoing.end(code === undefined ? '' : said);
      return;
    }
    if (fault === 'twice') await forward(target, incoming, body);
    const answer = await forward(target, incoming, body);
    if (fault === 'forget') {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.status, answer.headers);
    if (fault !== 'cut') {
      outgoing.end(answer.body);
      return;
    }
    outgoing.write(answer.body.subarray(0, answer.body.length >> 1));
    setTimeout(() => incoming.socket.destroy(), 5);
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return Object.assign(proxy, {
    address: `http://127.0.0.1:${port}`,
    seen,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer;
}

function forward(port: number, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, url: path } = incoming;
    const { expect: _expect, 'transfer-encoding': _chunked, ...headers } = incoming.headers;
    const sent = request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent: false,
        headers: { ...headers, 'content-length': body.length },
      },
      (answer) => {
        bytesOf(answer).then((bytes) => {
          const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
            value === undefined || name === 'connection' || name === 'transfer-encoding'
              ? []
              : [[name, value] as const],
          );
          resolve({ status: answer.statusCode ?? 500, headers: Object.fromEntries(kept), body: bytes });
        }, reject);
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function bytesOf(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
