/** Readable on light and dark, and told apart by people of any colour vision. */
export const CHART_COLOURS = {
  first: '#0f8a7e',
  second: '#d9730d',
  third: '#6f6fd1',
} as const;
