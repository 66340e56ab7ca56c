import type { Region } from '../../api/answers.ts';

type Worked = Exclude<Region['state'], 'waiting'>;

/** Told apart in light and dark, and by people of any colour vision. */
export const REGION_COLOURS: Readonly<Record<Worked, string>> = {
  begun: '#e69f00',
  done: '#009e73',
  reused: '#56b4e9',
  failed: '#d55e00',
};

export const REGION_NAMES: Readonly<Record<Region['state'], string>> = {
  waiting: 'waiting',
  begun: 'at work',
  done: 'done now',
  reused: 'done before',
  failed: 'failed',
};

/** How many regions are in each state. */
export function countStates(regions: Iterable<Region>): Readonly<Record<Region['state'], number>> {
  const counts = { waiting: 0, begun: 0, done: 0, reused: 0, failed: 0 };
  for (const { state } of regions) counts[state] += 1;
  return counts;
}
