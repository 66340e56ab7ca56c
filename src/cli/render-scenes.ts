import { basename, dirname } from 'node:path';
import type { RunRecord } from '../workspace/run-record.ts';

/** More scenes that came out alike are one line, so that those that failed are seen. */
const ALIKE_SHOWN = 12;
const FAILED_SHOWN = 20;
const FAILURES_SHOWN = 3;

type Shown = Pick<RunRecord['scenes'][number], 'scene' | 'status' | 'layers' | 'failures'>;

/** The scenes of a run for the terminal: what went well in short, what failed at the end, with why; --json has all. */
export function renderScenes(scenes: readonly Shown[]): string[] {
  const failed = scenes.filter(({ failures }) => failures.length > 0);
  const others = scenes.filter(({ failures }) => failures.length === 0);
  const byStatus = [...new Set(others.map(({ status }) => status))].map((wanted) =>
    others.filter(({ status }) => status === wanted),
  );
  const more = failed.length - FAILED_SHOWN;
  return [
    ...byStatus.flatMap((alike) =>
      alike.length > ALIKE_SHOWN ? inShort(alike) : alike.flatMap(renderScene),
    ),
    ...failed.slice(0, FAILED_SHOWN).flatMap(renderScene),
    ...(more > 0 ? ['', `  and ${more} more scenes with failures; --json lists them all`] : []),
  ];
}

function renderScene({ scene, status, layers, failures }: Shown): string[] {
  const paths = Object.values(layers);
  const folders = [...new Set(paths.map((path) => dirname(path)))];
  const files = paths.length > 0 ? [`    ${namesOf(paths)} in ${folders.join(', ')}`] : [];
  return ['', `  ${scene}: ${status}`, ...files, ...renderFailures(failures)];
}

/** Scenes of one status, none of which failed. */
function inShort(alike: readonly Shown[]): string[] {
  const paths = Object.values(alike[0]?.layers ?? {});
  const folders = [...new Set(paths.map((path) => dirname(dirname(path))))];
  const files = paths.length > 0 ? [`    ${namesOf(paths)} of each in ${folders.join(', ')}`] : [];
  return ['', `  ${alike.length} scenes: ${alike[0]?.status ?? ''}`, ...files];
}

const namesOf = (paths: readonly string[]): string => paths.map((path) => basename(path)).join(', ');

/** The first few failures of a scene, and how many more there are. */
function renderFailures(failures: Shown['failures']): string[] {
  const lines = failures
    .slice(0, FAILURES_SHOWN)
    .map(
      ({ code, message, hint }) => `    ${code}: ${message}${hint === null ? '' : `\n      hint: ${hint}`}`,
    );
  const more = failures.length - lines.length;
  return more > 0 ? [...lines, `    and ${more} more failed regions; --json lists them all`] : lines;
}
