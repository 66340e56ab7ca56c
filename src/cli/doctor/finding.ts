/** What a thing is needed for: maps (the main job), training, or only the project's own tests and later additions. */
export type Purpose = 'map' | 'train' | 'extra';

export type FindingState = 'ok' | 'limited' | 'missing';

/** One thing that was looked for. `cost` and `remedy` are null where nothing is amiss. */
export interface Finding {
  readonly name: string;
  readonly purpose: Purpose;
  readonly state: FindingState;
  /** Versions and amounts, as found. */
  readonly detail: string;
  /** What it costs to do without. */
  readonly cost: string | null;
  /** How to get it. */
  readonly remedy: string | null;
}

export const fine = (name: string, purpose: Purpose, detail: string): Finding => ({
  name,
  purpose,
  state: 'ok',
  detail,
  cost: null,
  remedy: null,
});

/** A finding that says what is amiss, what that costs and how to mend it. */
export function amiss(
  what: { name: string; purpose: Purpose; state: 'limited' | 'missing' },
  detail: string,
  advice: { cost: string; remedy: string },
): Finding {
  return { ...what, detail, ...advice };
}
