import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/** One import of a module: what is named in quotes, resolved to a path under src/ where it is one of ours. */
export interface ImportEdge {
  /** `geo/window.ts` for our own modules, the bare name for packages. */
  readonly target: string;
  readonly own: boolean;
  /** Only types are taken: nothing of the target runs because of it. */
  readonly typeOnly: boolean;
}

export interface SourceModule {
  /** Path under src/, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ImportEdge[];
}

/** Every module under a folder, tests and declarations left out. */
export function readModules(sourceFolder: string): SourceModule[] {
  return readdirSync(sourceFolder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => /\.tsx?$/.test(name) && !/\.(test|d)\.ts$/.test(name))
    .sort()
    .map((name) => parseModule(name, readFileSync(join(sourceFolder, name), 'utf8')));
}

const STATIC_IMPORT = /^\s*(?:import|export)\s+(type\s)?([^'"`;]*?)\bfrom\s*['"]([^'"]+)['"]/gm;
const BARE_IMPORT = /^\s*import\s*['"]([^'"]+)['"]/gm;
const DYNAMIC_IMPORT = /\bimport\(\s*['"]([^'"]+)['"]/g;

/** Reads a module's imports from its text. `path` is relative to src/. */
export function parseModule(path: string, text: string): SourceModule {
  const edges: ImportEdge[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const own = specifier.startsWith('.');
    edges.push({ target: own ? posix.join(dirname(path), specifier) : specifier, own, typeOnly });
  };
  for (const [, type, names, specifier] of text.matchAll(STATIC_IMPORT)) {
    add(specifier ?? '', type !== undefined || everyNameIsType(names ?? ''));
  }
  for (const [, specifier] of text.matchAll(BARE_IMPORT)) add(specifier ?? '', false);
  for (const [, specifier] of text.matchAll(DYNAMIC_IMPORT)) add(specifier ?? '', false);
  return { path, text, imports: edges };
}

/** `{ type A, type B }` */
function everyNameIsType(names: string): boolean {
  const inner = /^\{([^}]*)\}\s*$/.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  const list = inner.split(',').map((name) => name.trim());
  return list.filter((name) => name !== '').every((name) => name.startsWith('type '));
}
