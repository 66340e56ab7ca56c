/** The reference page, Markdown, from the commands' declarations. */
export function commandReference(commands, commonOptions, errorFamilies) {
  return [
    '# Command reference',
    '',
    'Written by `npm run docs` from the declarations in `src/cli/`; do not edit by hand.',
    '',
    'Results go to stdout, logs and progress to stderr. Every command takes these options:',
    '',
    ...optionTable(commonOptions),
    '',
    ...contents(commands),
    '',
    '## Exit codes',
    '',
    '| code | family | means |',
    '| --- | --- | --- |',
    '| 0 | | done |',
    ...Object.entries(errorFamilies).map(
      ([name, family]) => `| ${family.exitCode} | ${name} | ${cell(family.meaning)} |`,
    ),
    '',
    'With `--json` an error is `{"error": {"code", "message", "hint", "context"}}` on stdout; `code` is stable.',
    '',
    ...commands.flatMap(section),
  ].join('\n');
}

const name = (command) => `resflow ${command.path.join(' ')}`;

function contents(commands) {
  return ['| command | does |', '| --- | --- |'].concat(
    commands.map(
      (command) =>
        `| [\`${name(command)}\`](#${name(command).replaceAll(' ', '-')}) | ${cell(command.summary)} |`,
    ),
  );
}

function section(command) {
  const lines = [
    `## ${name(command)}`,
    '',
    command.description ?? `${command.summary}.`,
    '',
    '```',
    usage(command),
    '```',
    '',
  ];
  if (command.args?.length > 0) {
    lines.push('| argument | |', '| --- | --- |');
    lines.push(...command.args.map((arg) => `| \`${arg.name}\` | ${cell(arg.description)} |`), '');
  }
  if (command.options?.length > 0) lines.push(...optionTable(command.options), '');
  if (command.examples?.length > 0) lines.push('```sh', ...command.examples, '```', '');
  return lines;
}

function usage(command) {
  const args = (command.args ?? []).map(({ name: arg, required, variadic }) => {
    const shown = `${arg.toUpperCase()}${variadic ? '...' : ''}`;
    return required ? shown : `[${shown}]`;
  });
  const options = command.options?.length > 0 ? ['[OPTIONS]'] : [];
  return [name(command), ...args, ...options].join(' ');
}

function optionTable(options) {
  const rows = options.map(
    (option) => `| \`${option.flags}\` | ${cell(option.description)}${remarks(option)} |`,
  );
  return ['| option | |', '| --- | --- |', ...rows];
}

function remarks({ repeat, choices, default: fallback }) {
  const chosen = choices ? `: ${choices.join(', ')}` : '';
  const unlessGiven = typeof fallback === 'string' ? ` [\`${fallback}\`]` : '';
  return `${chosen}${unlessGiven}${repeat ? ' (may be repeated)' : ''}`;
}

/** A cell cannot hold a bar or a line break. */
const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
