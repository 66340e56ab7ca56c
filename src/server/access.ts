import { isIPv4 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { findKey, KEY_SCOPES, listKeys, type AccessKey, type KeyScope } from '../workspace/access-keys.ts';
import { keysFile } from '../workspace/layout.ts';
import { HttpError } from './problem.ts';
import { fileVersion, Watched } from './watched.ts';

/** True for addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));

/** Who may do what. On the loopback interface everybody may do everything; beyond it a key says. */
export class Access {
  readonly #root: string;
  readonly #keysNeeded: boolean;
  /** Read again within a second, so that one that was revoked is of no use any more. */
  readonly #keys = new Watched<readonly AccessKey[]>();

  constructor(root: string, { keysNeeded }: { keysNeeded: boolean }) {
    this.#root = root;
    this.#keysNeeded = keysNeeded;
  }

  /** Throws 401 where a key is needed and none, or an unknown one, is shown; 403 where it does not allow this. */
  async check(request: FastifyRequest, scope: KeyScope): Promise<void> {
    if (!this.#keysNeeded) return;
    const shown = shownKey(request, scope);
    if (shown === null) throw needsKey('This server asks for an access key.');
    const version = () => fileVersion(keysFile(this.#root));
    const key = findKey(await this.#keys.get('', version, () => listKeys(this.#root)), shown);
    if (key === null) throw needsKey('The access key is not known here; it may have been revoked.');
    if (KEY_SCOPES.indexOf(key.scope) >= KEY_SCOPES.indexOf(scope)) return;
    throw new HttpError(
      403,
      'KEY_TOO_SMALL',
      `The access key allows '${key.scope}', this needs '${scope}'.`,
      {
        hint: `\`resflow key create --scope ${scope}\` makes one that allows it.`,
      },
    );
  }
}

/** From the header; for reading also from the address, since a GIS often cannot send headers. */
function shownKey(request: FastifyRequest, scope: KeyScope): string | null {
  const { authorization } = request.headers;
  const bearer = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  const { key } = request.query as { key?: unknown };
  return scope === 'read' && typeof key === 'string' && key.length <= 200 ? key : null;
}

const needsKey = (message: string): HttpError =>
  new HttpError(401, 'KEY_NEEDED', message, {
    hint: 'Make one with `resflow key create --scope read|run|admin`, and send it as `Authorization: Bearer KEY`.',
    headers: { 'www-authenticate': 'Bearer realm="resflow"' },
  });
