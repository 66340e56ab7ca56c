import type { RefusedFile } from '../core/refused-file.ts';

/** Lines that say which files were refused; a hint stands once, under the last of the files in a row that it is for. */
export const refusedLines = (refused: readonly RefusedFile[]): string[] =>
  refused.flatMap(({ path, code, message, hint }, index) => [
    `refused  ${path}`,
    `         ${code}: ${message}`,
    ...(hint === null || hint === refused[index + 1]?.hint ? [] : [`         hint: ${hint}`]),
  ]);
