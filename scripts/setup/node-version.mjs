import { readFileSync } from 'node:fs';
import { inRoot } from './paths.mjs';
import { SetUpError } from './set-up-error.mjs';

/** Refuses a Node older than package.json's `engines`. */
export function checkNodeVersion(actual = process.versions.node) {
  const wanted = JSON.parse(readFileSync(inRoot('package.json'), 'utf8')).engines.node.replace(/^>=/, '');
  if (compare(actual, wanted) >= 0) return;
  throw new SetUpError(
    `Node ${actual} is too old: RESFlow needs ${wanted} or newer`,
    "Install Node 24 (advised) or 22 by your system's package manager or a Node version manager, then run this again.",
  );
}

function compare(a, b) {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
