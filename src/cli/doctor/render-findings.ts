import type { Finding, Purpose } from './finding.ts';

const TITLES: Readonly<Record<Purpose, string>> = {
  map: 'To make maps',
  train: 'To train models',
  extra: 'Beyond that',
};

/** The findings as text, by purpose; what is amiss is followed by what it costs and how to get it. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const purposes = Object.keys(TITLES) as Purpose[];
  const parts = purposes.map((purpose) => {
    const lines = findings
      .filter((finding) => finding.purpose === purpose)
      .flatMap((finding) => linesOf(finding, width));
    return [TITLES[purpose], ...lines].join('\n');
  });
  return parts.join('\n\n');
}

function linesOf({ name, state, detail, cost, remedy }: Finding, width: number): string[] {
  const lines = [`  ${state.padEnd(7)}  ${name.padEnd(width)}  ${detail}`];
  const indent = ' '.repeat(2 + 7 + 2 + width + 2);
  if (cost !== null) lines.push(`${indent}without: ${cost}`);
  if (remedy !== null) lines.push(`${indent}to get it: ${remedy}`);
  return lines;
}
