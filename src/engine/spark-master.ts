import { connect } from 'node:net';
import { retried } from '../core/retry.ts';

const CONNECT_PORT = 15002;
/** How long a master may take to come up, and one attempt to be answered, before it is left to Spark to find out. */
const PATIENCE_MS = 8000;
/** Spark Connect goes through these where they are set; then a direct connection says nothing. */
const PROXIES = ['grpc_proxy', 'https_proxy', 'http_proxy'];
const REFUSALS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refuses the connection',
  ENOTFOUND: 'has no address',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
};

/**
 * Why nobody answers at a master that Spark would reach over the network (`spark://HOST:PORT,HOST:PORT`, `sc://HOST`):
 * Spark itself takes a minute and more to find that out. Null where somebody does, where that is unknown (a firewall that
 * drops packets, a proxy of `env`), for all other masters, and from an abort on.
 */
export async function whyNobodyAnswers(
  master: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<string | null> {
  const proxied = master.startsWith('sc://') && PROXIES.some((name) => (env[name] ?? '') !== '');
  const addresses = proxied ? [] : addressesOf(master);
  const expectAny = async () => {
    const answers = await Promise.all(addresses.map((address) => refusalOf(address, patienceMs)));
    const refusals = answers.filter((refusal) => refusal !== null);
    if (refusals.length > 0 && refusals.length === answers.length) throw new Error(refusals.join(', '));
  };
  try {
    await retried(expectAny, { again: () => true, deadlineMs: patienceMs, signal });
    return null;
  } catch (error) {
    return signal.aborted ? null : (error as Error).message;
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function addressesOf(master: string): Address[] {
  const [, scheme, rest] = /^(spark|sc):\/\/([^/;]+)/.exec(master) ?? [];
  if (scheme === undefined || rest === undefined) return [];
  return rest.split(',').flatMap((text) => {
    const address = `${scheme}://${text}`;
    if (!URL.canParse(address)) return [];
    const url = new URL(address);
    const port = url.port === '' && scheme === 'sc' ? CONNECT_PORT : Number(url.port);
    return port > 0 ? [{ host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port }] : [];
  });
}

/** Null where somebody is there, or it cannot be told. */
function refusalOf({ host, port }: Address, limitMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: limitMs });
    const end = (refusal: string | null) => {
      socket.destroy();
      resolve(refusal);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end(null));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const why = REFUSALS[error.code ?? ''];
      end(why === undefined ? null : `${host}:${port} ${why}`);
    });
  });
}
