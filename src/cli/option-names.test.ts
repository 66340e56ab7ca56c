import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { COMMANDS } from './commands.ts';
import { COMMON_OPTIONS } from './common-options.ts';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
/** Of the set-up script and of the parser. */
const OTHERS = ['--with', '--help', '--version'];

const declared = new Set([
  ...[...COMMANDS.flatMap((command) => command.options ?? []), ...COMMON_OPTIONS].flatMap(
    ({ flags }) => /--[a-z0-9-]+/.exec(flags) ?? [],
  ),
  ...OTHERS,
]);

it('messages name no option that is not there', () => {
  const unknown = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .flatMap((file) =>
      [
        ...readFileSync(join(SOURCES, file), 'utf8').matchAll(
          /\b(?:hint|remedy): [^\n]*(?:\n\s+[?:] [^\n]*)*/g,
        ),
      ]
        .flatMap(([text]) => text.match(/(?<![\w-])--[a-z][a-z0-9-]+/g) ?? [])
        .filter((option) => !declared.has(option))
        .map((option) => `${file}: ${option}`),
    );
  expect(unknown).toEqual([]);
});
