import type { SourceModule } from './module-graph.ts';

/**
 * Folders of src/ from the ground up. A folder may import the code of lower ranks and the types of its own rank; nothing
 * of higher ranks. Within one folder everything is free, but for cycles. `tiling` only computes records from records and
 * serves every stage, so it stands below them.
 */
export const RANKS: readonly (readonly string[])[] = [
  ['core'],
  ['geo', 'storage'],
  ['raster', 'model', 'gpu', 'engine'],
  ['workspace'],
  ['tiling'],
  [
    'ingest',
    'labels',
    'embedding',
    'clustering',
    'hashing',
    'gallery',
    'training',
    'inference',
    'mosaic',
    'vectorize',
    'evaluation',
    'demo',
  ],
  ['server'],
  ['cli'],
];

/** About 300: beyond it a file holds more than one idea. */
export const MOST_LINES = 320;

const folderOf = (path: string): string => path.split('/')[0] ?? '';
const rankOf = (path: string): number => RANKS.findIndex((folders) => folders.includes(folderOf(path)));

/** Every breach of the import direction, one sentence each. */
export function directionBreaches(modules: readonly SourceModule[]): string[] {
  return modules.flatMap((module) => {
    const rank = rankOf(module.path);
    if (rank < 0) return [`${module.path}: the folder '${folderOf(module.path)}' has no place in RANKS`];
    return module.imports
      .filter(({ own }) => own)
      .flatMap((edge) => {
        if (folderOf(edge.target) === folderOf(module.path)) return [];
        const target = rankOf(edge.target);
        if (target < rank && target >= 0) return [];
        if (target > rank) return [`${module.path} imports ${edge.target}, which stands above it`];
        return edge.typeOnly
          ? []
          : [`${module.path} imports code of ${edge.target}, its peer; only types may be shared`];
      });
  });
}

/** Cycles among modules, each once, as `a -> b -> a`. Type imports count: two such files are one idea in two places. */
export function importCycles(modules: readonly SourceModule[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (finished.has(path)) return;
    for (const { own, target } of byPath.get(path)?.imports ?? []) if (own) visit(target, [...trail, path]);
    finished.add(path);
  };
  for (const { path } of modules) visit(path, []);
  return cycles;
}

export function defaultExports(modules: readonly SourceModule[]): string[] {
  return modules
    .filter(({ text }) => /^\s*export\s+default\b|\bas default\b/m.test(text))
    .map(({ path }) => path);
}

export function longFiles(modules: readonly SourceModule[]): string[] {
  return modules
    .map(({ path, text }) => ({ path, lines: text.split('\n').length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines`);
}

/** The page runs in a browser: of the program it may take types, so that both agree, and nothing that runs. */
export function pageBreaches(page: readonly SourceModule[]): string[] {
  return page.flatMap(({ path, imports }) =>
    imports
      .filter(({ own, typeOnly, target }) => own && !typeOnly && target.startsWith('../'))
      .map(({ target }) => `${path} imports code of the program: ${target}`),
  );
}
