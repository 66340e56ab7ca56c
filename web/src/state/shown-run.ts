import type { RunView } from '../api/answers.ts';

/** The run that the address names, or else the newest with a map; `none` in the address asks for no run. */
export function shownRun(runs: readonly RunView[], wanted: string | null): RunView | null {
  if (wanted === 'none') return null;
  const named = runs.find(({ id }) => id === wanted);
  return named ?? (wanted === null ? (runs.find(hasMap) ?? null) : null);
}

export const hasMap = ({ scenes }: RunView): boolean => scenes.some(({ layers }) => layers.length > 0);

/** Layers that some scene of the run has. */
export const layersOf = (run: RunView | null): string[] => [
  ...new Set(run?.scenes.flatMap(({ layers }) => layers) ?? []),
];
