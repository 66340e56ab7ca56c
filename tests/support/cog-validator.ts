import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PYTHON = fileURLToPath(new URL('../../.venv/bin/python', import.meta.url));

/** Why rio-cogeo cannot be asked, or null where it can. */
export function cogValidatorMissing(): string | null {
  if (!existsSync(PYTHON)) return `no Python environment at ${PYTHON} (npm run setup makes it)`;
  try {
    execFileSync(PYTHON, ['-c', 'import rio_cogeo'], { stdio: 'ignore' });
    return null;
  } catch {
    return `${PYTHON} lacks rio-cogeo (pip install -r trainer/requirements-dev.lock)`;
  }
}

const SCRIPT = `
import json, sys
from rio_cogeo.cogeo import cog_validate
print(json.dumps({path: [*cog_validate(path, strict=True)] for path in sys.argv[1:]}))
`;

/** What rio-cogeo says of files, strictly: [valid, errors, warnings] by path. */
export function validateCogs(paths: readonly string[]): Record<string, [boolean, string[], string[]]> {
  return JSON.parse(execFileSync(PYTHON, ['-c', SCRIPT, ...paths], { encoding: 'utf8' }));
}
