import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { amiss, fine, type Finding } from './finding.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser, which only the project's own tests drive. */
export function browserFinding(env: Readonly<Record<string, string | undefined>>): Finding {
  const found = findBrowser(env);
  if (found !== undefined) return fine('Browser', 'extra', found);
  return amiss({ name: 'Browser', purpose: 'extra', state: 'missing' }, 'no Chromium on the path', {
    cost: 'the tests that look at reports are skipped; reports themselves open in any browser',
    remedy: '`npm run setup -- --with browser`',
  });
}

/** The program of a browser: the one that RESFLOW_CHROMIUM names, or a Chromium on the path. */
export function findBrowser(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = [
    env['RESFLOW_CHROMIUM'],
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
  ];
  return candidates.find((file) => file !== undefined && isProgram(file));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
