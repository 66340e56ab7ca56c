import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { resourceError } from './errors.ts';

/**
 * The entry of a process or thread of the built program: it lies beside the module that starts it (`from`, its
 * import.meta.url), or in dist/ where the sources themselves run (tests). `path`: below src/. Throws NOT_BUILT.
 */
export function builtEntry(from: string, path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const candidates = [`./${name}`, `../../dist/${path}`].map((one) => fileURLToPath(new URL(one, from)));
  const found = candidates.find((one) => existsSync(one));
  if (found !== undefined) return found;
  throw resourceError('NOT_BUILT', `The program's ${path} is not built.`, { hint: 'Run `npm run setup`.' });
}
