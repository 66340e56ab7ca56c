import { z } from 'zod';
import { createKey, KEY_SCOPES, listKeys, revokeKey } from '../workspace/access-keys.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { textTable } from './text-table.ts';

export const keyCreateCommand = defineCommand({
  path: ['key', 'create'],
  summary: 'Make an access key for the server of this workspace',
  description:
    'Beyond this machine `resflow serve` answers only who shows a key. read: see everything, ask for predictions; run: also start and steer runs; admin: also add and remove things. The key is shown once and stored hashed.',
  options: [
    { flags: '--scope <scope>', description: 'read, run or admin [read]' },
    { flags: '--note <text>', description: 'who it is for' },
  ],
  examples: ['resflow key create --scope run --note "field office"'],
  input: z.object({ scope: z.enum(KEY_SCOPES).default('read'), note: z.string().max(200).default('') }),
  async run({ scope, note }, context) {
    await openWorkspace(context.workspace, 'write');
    const { key, record } = await createKey(context.workspace, { scope, note, now: context.now() });
    return { id: record.id, scope, note, created: record.created, key };
  },
  render: ({ key, scope }) =>
    [
      key,
      '',
      `It allows: ${scope}. It is not shown again; programs send it as \`Authorization: Bearer KEY\`.`,
    ].join('\n'),
});

export const keyListCommand = defineCommand({
  path: ['key', 'list'],
  summary: 'List the access keys',
  input: z.object({}),
  async run(_input, context) {
    await openWorkspace(context.workspace, 'read');
    return {
      keys: (await listKeys(context.workspace)).map(({ id, scope, note, created }) => ({
        id,
        scope,
        note,
        created,
      })),
    };
  },
  render: ({ keys }) =>
    keys.length === 0
      ? 'No access key; `resflow key create` makes one.'
      : textTable(
          ['key', 'scope', 'created', 'note'],
          keys.map(({ id, scope, created, note }) => [id, scope, created, note]),
        ).join('\n'),
});

export const keyRevokeCommand = defineCommand({
  path: ['key', 'revoke'],
  summary: 'Make an access key useless',
  description: 'A server that runs knows it within a second.',
  args: [{ name: 'key', description: 'its id, as key list shows it', required: true }],
  input: z.object({ key: z.string().min(1) }),
  async run({ key }, context) {
    await openWorkspace(context.workspace, 'write');
    const { id, scope } = await revokeKey(context.workspace, key);
    return { id, scope, revoked: true };
  },
  render: ({ id, scope }) => `key ${id} (${scope}) is revoked`,
});
