import type { ResflowError } from './errors.ts';

/** A file that a command left out, and why. */
export interface RefusedFile {
  readonly path: string;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** An error as `refused` lists it. */
export const refusal = (path: string, error: ResflowError): RefusedFile => ({
  path,
  code: error.code,
  message: error.message,
  hint: error.hint ?? null,
});
