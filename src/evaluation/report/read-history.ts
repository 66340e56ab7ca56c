import type { HistoryRow } from './report-data.ts';

/** The numbers of the trainer's `history.jsonl`, nested ones as `outer.inner`; lines that cannot be read are left out. */
export function parseHistory(text: string): HistoryRow[] {
  return text.split('\n').flatMap((line) => {
    try {
      const row = Object.fromEntries(numbersOf(JSON.parse(line), ''));
      return Object.keys(row).length === 0 ? [] : [row];
    } catch {
      // A line cut off by a kill: the curve just has a point less.
      return [];
    }
  });
}

function numbersOf(value: unknown, name: string): [string, number][] {
  if (typeof value === 'number' && Number.isFinite(value)) return [[name, value]];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    numbersOf(member, name === '' ? key : `${name}.${key}`),
  );
}
