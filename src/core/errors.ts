/** Error families. Each maps once to a process exit code and an HTTP status. */
export const ERROR_FAMILIES = {
  usage: { exitCode: 2, httpStatus: 400, meaning: 'the command or its options are wrong' },
  input: {
    exitCode: 3,
    httpStatus: 422,
    meaning: 'a scene, label, model or card given by the user cannot be used',
  },
  contract: {
    exitCode: 4,
    httpStatus: 409,
    meaning:
      'things that are each fine do not fit together (scene against card, changed source, leaking split)',
  },
  resource: {
    exitCode: 5,
    httpStatus: 507,
    meaning: 'memory, disk, a device or a required program is missing or too small',
  },
  partial: {
    exitCode: 6,
    httpStatus: 500,
    meaning: 'the work ended, but some tasks or scenes failed; they are listed',
  },
  workspace: {
    exitCode: 7,
    httpStatus: 409,
    meaning: 'the workspace is missing, read-only, newer than this program, or lacks what was asked for',
  },
  internal: { exitCode: 70, httpStatus: 500, meaning: 'a defect of RESFlow itself' },
  interrupted: { exitCode: 130, httpStatus: 499, meaning: 'stopped by the user; what was finished is kept' },
} as const;

export type ErrorFamily = keyof typeof ERROR_FAMILIES;

export type ErrorContext = Readonly<
  Record<string, string | number | boolean | null | readonly (string | number)[]>
>;

export interface ErrorDetails {
  /** What to try next, as a sentence. */
  hint?: string;
  /** Where it happened and the limit against the actual: file, window, crs, limit, actual. */
  context?: ErrorContext;
  cause?: unknown;
}

/** The one error type that is thrown on purpose. `code` is stable, SCREAMING_SNAKE_CASE, and unique to one situation. */
export class ResflowError extends Error {
  readonly family: ErrorFamily;
  readonly code: string;
  readonly hint: string | undefined;
  readonly context: ErrorContext;

  constructor(family: ErrorFamily, code: string, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'ResflowError';
    this.family = family;
    this.code = code;
    this.hint = details.hint;
    this.context = details.context ?? {};
  }

  get exitCode(): number {
    return ERROR_FAMILIES[this.family].exitCode;
  }

  toJSON(): { code: string; message: string; hint: string | null; context: ErrorContext } {
    return { code: this.code, message: this.message, hint: this.hint ?? null, context: this.context };
  }
}

export const usageError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('usage', code, message, details);
export const inputError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('input', code, message, details);
export const contractError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('contract', code, message, details);
export const resourceError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('resource', code, message, details);
export const partialError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('partial', code, message, details);
export const workspaceError = (code: string, message: string, details?: ErrorDetails) =>
  new ResflowError('workspace', code, message, details);

/** Wraps anything that was thrown; our own errors pass unchanged, system errors of known kinds get their family. */
export function toResflowError(thrown: unknown): ResflowError {
  if (thrown instanceof ResflowError) return thrown;
  const code = systemErrorCode(thrown);
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return resourceError('DISK_FULL', `No space is left on the disk: ${message}`, {
      hint: 'Free some space, then run the same command again (a map: `resflow map resume RUN`); finished work is kept.',
      cause: thrown,
    });
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return workspaceError('NOT_WRITABLE', `Permission denied: ${message}`, {
      hint: 'Check who owns the workspace folder and that its file system is mounted for writing.',
      cause: thrown,
    });
  }
  return new ResflowError('internal', 'INTERNAL', message, {
    hint: 'This is a defect of RESFlow. Please report it with the log (`--log-level debug`).',
    cause: thrown,
  });
}

/** Adds the file to a system error that names none, as those of operations on an open file do. Gives it back, to be thrown. */
export function nameFile(thrown: unknown, file: string): unknown {
  if (!(thrown instanceof Error) || systemErrorCode(thrown) === null || 'path' in thrown) return thrown;
  return Object.assign(thrown, { path: file, message: `${thrown.message} '${file}'` });
}

/** Node's error code (`ENOENT`, ...) of a thrown value, if it has one. */
export function systemErrorCode(thrown: unknown): string | null {
  if (typeof thrown === 'object' && thrown !== null && 'code' in thrown && typeof thrown.code === 'string') {
    return thrown.code;
  }
  return null;
}
