import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { systemErrorCode } from '../core/errors.ts';

/** Where the build leaves the page. */
export const PAGE_FOLDER = fileURLToPath(new URL('../../dist/web/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** First parts of addresses that belong to the interfaces: what is not there is not a view of the page. */
const NOT_PAGES = /^\/(api|tiles|files|stac|ogc|wmts|arcgis)(\/|$)/;

interface PageFile {
  readonly body: Buffer;
  readonly gzip: Buffer;
  readonly type: string;
  readonly etag: string;
  /** Its name holds a digest of its content. */
  readonly lasting: boolean;
}

/** The files of the page by their addresses, in memory, so that no request names a file. */
export type Page = ReadonlyMap<string, PageFile>;

/** Reads the built page; empty where it was not built. */
export async function readPage(folder: string = PAGE_FOLDER): Promise<Page> {
  const page = new Map<string, PageFile>();
  for (const entry of await filesOf(folder)) {
    const path = join(entry.parentPath, entry.name);
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const body = await readFile(path);
    const name = `/${path.slice(join(folder, '/').length).replaceAll('\\', '/')}`;
    page.set(name, {
      body,
      gzip: gzipSync(body),
      type,
      etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 20)}"`,
      lasting: name.startsWith('/assets/'),
    });
  }
  return page;
}

async function filesOf(folder: string) {
  try {
    return await readdir(folder, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Answers with a file of the page; with its start for every other address that is no interface's, since the page's own
 * code reads views from it. False where the address is none of the page's, or there is no page.
 */
export function sendPage(page: Page, request: FastifyRequest, reply: FastifyReply): boolean {
  const path = request.url.split('?')[0] ?? '/';
  const isView = !NOT_PAGES.test(path) && extname(path) === '';
  const file = page.get(path) ?? (isView ? page.get('/index.html') : undefined);
  if (file === undefined || !['GET', 'HEAD'].includes(request.method)) return false;
  reply
    .code(200)
    .type(file.type)
    .header('etag', file.etag)
    .header('vary', 'accept-encoding')
    .header('cache-control', file.lasting ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) {
    void reply.code(304).send();
    return true;
  }
  const packed = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (packed) reply.header('content-encoding', 'gzip');
  void reply.send(packed ? file.gzip : file.body);
  return true;
}
