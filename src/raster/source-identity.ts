import { contractError } from '../core/errors.ts';
import { identifyFile, WHOLE_DIGEST_BYTES } from './file-identity.ts';
import { partsOf } from './source-parts.ts';
import type { FileIdentity, SourceIdentity } from './source-record.ts';

/** Parts beyond this number are known by size and time alone: to digest thousands at every use would take too long. */
const MOST_DIGESTED = 128;
/** Changes that a message lists. */
const MOST_TOLD = 5;

/**
 * What tells a source from a later one at the same address: the identity of its file, and of the other files it is read
 * from (what a VRT names, sidecar masks and overviews, the files of a Shapefile). Throws the errors of `identifyFile`.
 */
export async function identify(href: string): Promise<SourceIdentity> {
  const own = await identifyFile(href);
  const files = await partsOf(href);
  const parts: FileIdentity[] = [];
  for (const file of files) parts.push(await identifyFile(file, files.length <= MOST_DIGESTED));
  return { ...own, parts };
}

/**
 * Compares a source with what was recorded of it. A new modification time alone is no change where the digest covers
 * the whole file, or the server vouches by an ETag. Throws contract error SOURCE_CHANGED, saying what changed, and the
 * errors of `identify`.
 */
export async function checkIdentity(recorded: SourceIdentity): Promise<void> {
  const changes = identityChanges(recorded, await identify(recorded.href));
  if (changes.length === 0) return;
  const more = changes.length > MOST_TOLD ? `; and ${changes.length - MOST_TOLD} more` : '';
  throw contractError(
    'SOURCE_CHANGED',
    `${recorded.href} is not the file that was added: ${changes.slice(0, MOST_TOLD).join('; ')}${more}.`,
    {
      hint: 'If the new file is right, add it again with `resflow scene add --replace`; otherwise bring the old one back.',
      context: { file: recorded.href, changes },
    },
  );
}

/** What differs between two identities, in words; nothing where members are missing on either side. */
export function identityChanges(before: SourceIdentity, now: SourceIdentity): string[] {
  const changes = fileChanges(before, now);
  if (before.parts === undefined || now.parts === undefined) return changes;
  const old = new Map(before.parts.map((part) => [part.href, part]));
  for (const part of now.parts) {
    const known = old.get(part.href);
    old.delete(part.href);
    if (known === undefined) changes.push(`it is now read from ${part.href} too`);
    else changes.push(...fileChanges(known, part).map((change) => `${part.href}: ${change}`));
  }
  return [...changes, ...[...old.keys()].map((href) => `${href} is gone`)];
}

function fileChanges(before: FileIdentity, now: FileIdentity): string[] {
  const changes: string[] = [];
  if (before.size !== null && now.size !== null && before.size !== now.size) {
    changes.push(`size ${before.size} -> ${now.size} bytes`);
  }
  if (before.etag !== null && now.etag !== null && before.etag !== now.etag) {
    changes.push(`ETag ${before.etag} -> ${now.etag}`);
  }
  if (before.sha256 !== null && now.sha256 !== null && before.sha256 !== now.sha256) {
    changes.push('the digest of its head and tail');
  }
  const digested =
    before.sha256 !== null && now.sha256 !== null && (now.size ?? Infinity) <= WHOLE_DIGEST_BYTES;
  const judged = digested || (before.etag !== null && now.etag !== null);
  if (!judged && before.modified !== null && now.modified !== null && before.modified !== now.modified) {
    changes.push(`modified ${before.modified} -> ${now.modified}`);
  }
  return changes;
}
