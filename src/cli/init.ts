import { resolve } from 'node:path';
import { z } from 'zod';
import { initWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';

export const initCommand = defineCommand({
  path: ['init'],
  summary: 'Make a folder a workspace',
  args: [{ name: 'dir', description: 'the folder; made if missing', required: true }],
  input: z.object({ dir: z.string().min(1) }),
  async run({ dir }, context) {
    const workspace = resolve(dir);
    const { created } = await initWorkspace(workspace, context.now());
    return { workspace, created };
  },
  render: ({ workspace, created }) =>
    created
      ? `Workspace made in ${workspace}\nNext: resflow scene add FILE... --place NAME --workspace ${workspace}`
      : `${workspace} is a workspace already; nothing changed.`,
});
