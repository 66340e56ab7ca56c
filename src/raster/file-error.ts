import { inputError, systemErrorCode, type ResflowError } from '../core/errors.ts';

/** Why a local source cannot be read: FILE_NOT_READABLE where permissions forbid it, else FILE_NOT_FOUND. */
export function fileError(href: string, cause: unknown): ResflowError {
  const code = systemErrorCode(cause);
  if (code === 'EACCES' || code === 'EPERM') {
    return inputError('FILE_NOT_READABLE', `${href} is there, but may not be read.`, {
      hint: 'Give yourself the right to read the file and to enter its folders.',
      context: { file: href },
      cause,
    });
  }
  return inputError('FILE_NOT_FOUND', `${href} cannot be found.`, {
    hint: 'Check the path; a file that was moved is added anew with `resflow scene add`.',
    context: { file: href },
    cause,
  });
}
