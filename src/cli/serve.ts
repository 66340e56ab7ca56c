import { spawn } from 'node:child_process';
import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { isLoopback } from '../server/access.ts';
import { listKeys } from '../workspace/access-keys.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { commandPorts } from './command-ports.ts';
import { readManifest } from './package-manifest.ts';

/** More than a person's map asks for, and less than a machine can take. */
const REQUESTS_PER_SECOND = 300;

export const serveCommand = defineCommand({
  path: ['serve'],
  summary: 'Serve the page, the interface for programs and the map services of a workspace',
  description:
    'Serves until it is stopped. By itself only this machine reaches it, and no key is needed; with another --host every request needs a key (`resflow key create`). Runs that are started from the page are processes of their own, and go on when the server ends.',
  options: [
    { flags: '--host <address>', description: 'address to listen on [127.0.0.1]' },
    { flags: '--port <n>', description: 'port to listen on; 0: any that is free [8080]' },
    { flags: '--open', description: 'open the page in a browser' },
    { flags: '--tls-cert <file>', description: 'certificate (PEM): serve HTTPS' },
    { flags: '--tls-key <file>', description: 'its key (PEM)' },
    {
      flags: '--requests-per-second <n>',
      description: `of one address, beyond this machine [${REQUESTS_PER_SECOND}]`,
    },
    {
      flags: '--allow-source <host>',
      description: 'host that scenes may be added from over the network; .example.org: all below it [none]',
      repeat: true,
    },
    { flags: '--allow-private-sources', description: 'these may have addresses of a private network' },
  ],
  examples: [
    'resflow serve --open',
    'resflow serve --host 0.0.0.0 --tls-cert server.pem --tls-key server.key',
  ],
  input: z
    .object({
      host: z.string().default('127.0.0.1'),
      port: z.coerce.number().int().min(0).max(65_535).default(8080),
      open: z.boolean().default(false),
      tlsCert: z.string().optional(),
      tlsKey: z.string().optional(),
      allowSource: z.array(z.string().toLowerCase().min(1)).default([]),
      allowPrivateSources: z.boolean().default(false),
      requestsPerSecond: z.coerce.number().int().positive().default(REQUESTS_PER_SECOND),
    })
    .refine(({ tlsCert, tlsKey }) => (tlsCert === undefined) === (tlsKey === undefined), {
      message: '--tls-cert and --tls-key go together',
    }),
  async run(input, context) {
    const { workspace: root, log, env, now, signal } = context;
    await openWorkspace(root, 'read');
    const loopbackOnly = isLoopback(input.host);
    if (!loopbackOnly && (await listKeys(root)).length === 0) {
      throw usageError(
        'KEY_REQUIRED',
        `Others can reach ${input.host}, and this workspace has no access key.`,
        {
          hint: 'Make one with `resflow key create --scope read` (or run, admin), then start the server again.',
          context: { host: input.host },
        },
      );
    }
    // The server takes a while to load, which no other command waits for.
    const { startServer } = await import('../server/start.ts');
    const server = await startServer(
      {
        root,
        version: readManifest().version,
        log,
        env,
        commands: commandPorts(context),
        now,
        sources: { hosts: input.allowSource, allowPrivate: input.allowPrivateSources },
        signal,
      },
      {
        host: input.host,
        port: input.port,
        loopbackOnly,
        tls:
          input.tlsCert === undefined || input.tlsKey === undefined
            ? null
            : { certificate: input.tlsCert, key: input.tlsKey },
        requestsPerSecond: input.requestsPerSecond,
      },
    );
    process.stderr.write(`RESFlow serves ${root} at ${server.url} (Ctrl-C stops it)\n`);
    if (input.open) openInBrowser(server.url);
    await server.stopped;
    return { url: server.url, workspace: root };
  },
  render: ({ url }) => `${url} is closed. Runs that were started go on; \`resflow map list\` shows them.`,
});

/** Best effort: without a browser the address on the terminal has to do. */
function openInBrowser(url: string): void {
  const opener = { darwin: 'open', win32: 'explorer' }[process.platform as string] ?? 'xdg-open';
  const child = spawn(opener, [url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
