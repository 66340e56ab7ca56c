import type { ChipColumns } from '../../api/answers.ts';

/** What drawings of all chips are given. Chips are known by their numbers in the columns. */
export interface CloudProps {
  readonly chips: ChipColumns;
  readonly shown: Uint32Array;
  readonly found: ReadonlySet<number> | null;
  readonly chosen: number | null;
  readonly dark: boolean;
  readonly onChip: (id: string) => void;
}
