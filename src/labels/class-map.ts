import { inputError, usageError } from '../core/errors.ts';
import { NO_CLASS } from '../model/class-record.ts';
import type { Application } from '../workspace/application-record.ts';

/** Names in `--map` beside the classes. */
const BACKGROUND_NAMES = ['background', 'none'];
const IGNORE_NAMES = ['ignore', 'unlabelled'];
/** The value in `--map` that stands for all that are not named. */
export const ANY_VALUE = '*';

/**
 * The id of a class by name; `background` is 0 (where the application has it), `ignore` is 255.
 * Throws usage error UNKNOWN_CLASS with the names there are.
 */
export function classIdOf(app: Application, name: string): number {
  const found = app.classes.find((candidate) => candidate.name === name);
  if (found !== undefined) return found.id;
  if (IGNORE_NAMES.includes(name)) return NO_CLASS;
  if (app.background && BACKGROUND_NAMES.includes(name)) return 0;
  const known = [
    ...app.classes.map((known) => known.name),
    ...(app.background ? ['background'] : []),
    'ignore',
  ];
  throw usageError('UNKNOWN_CLASS', `Application '${app.name}' has no class '${name}'.`, {
    hint: `It has: ${known.join(', ')}.`,
    context: { application: app.name, class: name, known },
  });
}

export const classNameOf = (app: Application, id: number): string =>
  id === 0
    ? 'background'
    : id === NO_CLASS
      ? 'ignore'
      : (app.classes.find((candidate) => candidate.id === id)?.name ?? `class ${id}`);

/** `value=class` pairs of `--map` as value -> class id. Throws usage errors BAD_MAP, UNKNOWN_CLASS. */
export function parseClassMap(app: Application, pairs: readonly string[]): Record<string, number> {
  const map: Record<string, number> = {};
  for (const pair of pairs) {
    const cut = pair.lastIndexOf('=');
    const [value, name] = [pair.slice(0, cut).trim(), pair.slice(cut + 1).trim()];
    if (cut < 1 || name === '') {
      throw usageError('BAD_MAP', `--map ${pair} is not VALUE=CLASS.`, {
        hint: 'For example: --map 3=tree, or --map residential=building.',
      });
    }
    map[value] = classIdOf(app, name);
  }
  return map;
}

/** A map by which every class, and nothing else, is named as itself. */
export const ownNames = (app: Application): Record<string, number> =>
  Object.fromEntries(app.classes.map((known) => [known.name, known.id]));

/** Looks values up in a map, `*` for the rest; values that are in neither are refused, for they would become background by accident. */
export function lookupClass(
  map: Readonly<Record<string, number>>,
  where: { file: string; attribute: string; known: readonly string[] },
) {
  return (value: string | null): number => {
    const key = value ?? '';
    const id = Object.hasOwn(map, key) ? map[key] : map[ANY_VALUE];
    if (id !== undefined) return id;
    throw inputError(
      'UNKNOWN_CLASS',
      `${where.file}: attribute '${where.attribute}' has the value '${key}', which stands for no class.`,
      {
        hint: `Say what it means: --map '${key}=CLASS' or --map '${key}=ignore' (--map '*=ignore' for all others). Classes: ${where.known.join(', ')}.`,
        context: { file: where.file, attribute: where.attribute, value: key, known: where.known },
      },
    );
  };
}
