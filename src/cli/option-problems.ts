import type { z } from 'zod';
import type { AnyCommand } from './command.ts';

/** Says in the words of the command line what is wrong with a command's options and arguments. */
export function optionProblems(
  command: AnyCommand,
  given: Readonly<Record<string, unknown>>,
  error: z.ZodError,
): string {
  const problems = error.issues.map(({ path, message }) => {
    const [name] = path;
    if (typeof name !== 'string') return message;
    const shown = (command.args ?? []).some((arg) => arg.name === name) ? `<${name}>` : `--${kebab(name)}`;
    const value = given[name];
    // A schema of one's own words says better than we what is missing.
    if (value === undefined && message.includes('received undefined')) return `${shown} is required`;
    const reason = lowerFirst(message.replace(/^Invalid input: /, '').replace(/, received NaN$/, ''));
    return typeof value === 'string' ? `${shown} ${value}: ${reason}` : `${shown}: ${reason}`;
  });
  return `resflow ${command.path.join(' ')}: ${problems.join('; ')}.`;
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '');
