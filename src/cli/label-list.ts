import { z } from 'zod';
import { readApplication, readLabelSources, removeLabelSource } from '../workspace/applications.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { labelLines, labelSummary } from './label-summary.ts';

const nameArgument = { name: 'name', description: 'the application', required: true } as const;

export const labelListCommand = defineCommand({
  path: ['label', 'list'],
  summary: 'List the labels of an application, oldest first: later ones win',
  args: [nameArgument],
  input: z.object({ name: z.string() }),
  async run({ name }, context) {
    await openWorkspace(context.workspace, 'read');
    await readApplication(context.workspace, name);
    const sources = await readLabelSources(context.workspace, name);
    return {
      application: name,
      labels: sources.map((source) =>
        labelSummary(source, { features: null, warnings: [], added: true, replaced: false }),
      ),
    };
  },
  render: ({ application, labels }) =>
    labels.length === 0
      ? `No labels. Add some with \`resflow label add ${application} FILE... --class ...\`.`
      : labels.flatMap(labelLines).join('\n'),
});

export const labelRemoveCommand = defineCommand({
  path: ['label', 'remove'],
  summary: 'Forget labels of an application; the files stay',
  args: [
    nameArgument,
    { name: 'ids', description: 'label sources, as `label list` shows them', required: true, variadic: true },
  ],
  input: z.object({ name: z.string(), ids: z.array(z.string()).min(1) }),
  async run({ name, ids }, context) {
    await openWorkspace(context.workspace, 'write');
    await readApplication(context.workspace, name);
    for (const id of ids) await removeLabelSource(context.workspace, name, id);
    return { application: name, removed: ids };
  },
  render: ({ removed }) => `Removed ${removed.join(', ')}; the files stay.`,
});
