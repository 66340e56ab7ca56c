import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { HttpError } from './problem.ts';

/** Which hosts scenes may be fetched from when somebody asks over the network. */
export interface SourceRules {
  /** `images.example.org`, or `.example.org` for all names below it. None: nothing is fetched. */
  readonly hosts: readonly string[];
  /** Whether these may have addresses of a private network. */
  readonly allowPrivate: boolean;
}

/** Addresses that lead into the server's own network or to itself (IANA's special-purpose registries). */
const PRIVATE = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [
  ['::', 128],
  ['::1', 128],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, bits, 'ipv6');

/** Whether an address is one of a private network, in whatever form it is written. */
export function isPrivateAddress(address: string): boolean {
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const family = isIP(inner);
  if (family === 0) return true;
  // An IPv4 address inside an IPv6 one in hexadecimal is found by the rule for the former.
  return PRIVATE.check(inner, family === 4 ? 'ipv4' : 'ipv6');
}

const refused = (code: string, message: string, hint: string): HttpError =>
  new HttpError(403, code, message, { hint });

const CHECK_MS = 10_000;

/** How GeoTIFFs (also big ones) and JPEG 2000 files begin. */
const MAGIC = ['49492a00', '4d4d002a', '49492b00', '4d4d002b', '0000000c6a502020', 'ff4fff51'];

/** Other forms may name further files, those of the server among them (VRT), so only plain images are taken. */
async function checkContent(url: URL): Promise<void> {
  const headers = { range: 'bytes=0-15' };
  const answer = await fetch(url, {
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(CHECK_MS),
  }).catch(() => null);
  if (answer === null || answer.status >= 400) {
    throw new HttpError(
      422,
      'SOURCE_UNREACHABLE',
      `${url.href} does not answer${answer === null ? '' : ` (${answer.status})`}.`,
      { hint: 'Check the address.' },
    );
  }
  if (answer.status >= 300) {
    await answer.body?.cancel();
    throw refused('SOURCE_REDIRECTS', `${url.href} leads elsewhere.`, 'Give the address that it leads to.');
  }
  const reader = answer.body?.getReader();
  const first = Buffer.from((await reader?.read())?.value ?? new Uint8Array()).toString('hex');
  await reader?.cancel();
  if (MAGIC.some((magic) => first.startsWith(magic))) return;
  throw refused(
    'SOURCE_KIND',
    `${url.href} is no GeoTIFF and no JPEG 2000 file.`,
    'Others are added with `resflow scene add` on the server.',
  );
}

/**
 * Checks an address that a scene is to be read from: http or https, no user name, a host that is allowed, no address of a
 * private network, no redirection, which could lead anywhere, and an image behind it. Returns it in its normal form. The reader looks the host
 * up once more; who can change its name's addresses in between is trusted with being on the list.
 */
export async function checkSource(text: string, rules: SourceRules): Promise<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw refused(
      'BAD_SOURCE',
      'Scenes are added from http and https addresses without a user name.',
      'Files of the server are added with `resflow scene add` there.',
    );
  }
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const allowed = rules.hosts.some((one) => (one.startsWith('.') ? host.endsWith(one) : host === one));
  if (!allowed) {
    throw refused(
      'SOURCE_NOT_ALLOWED',
      `Scenes may not be fetched from ${host}.`,
      'Whoever runs the server names hosts with --allow-source.',
    );
  }
  if (!rules.allowPrivate) {
    const addresses =
      isIP(host) > 0 ? [{ address: host }] : await lookup(host, { all: true }).catch(() => []);
    if (addresses.length === 0 || addresses.some(({ address }) => isPrivateAddress(address))) {
      throw refused(
        'SOURCE_PRIVATE',
        `${host} has no public address.`,
        'Hosts of a private network need --allow-private-sources.',
      );
    }
  }
  await checkContent(url);
  return url.href;
}
