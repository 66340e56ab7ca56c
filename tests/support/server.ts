import { startProgram } from './program.ts';

export interface TestServer {
  /** Without a slash at its end. */
  readonly url: string;
  readonly pid: number;
  /** A request, with a JSON body where one is given; the answer's JSON. */
  json(path: string, body?: unknown, method?: string): Promise<{ status: number; body: unknown }>;
  /** Ends it as Ctrl-C does. */
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** Starts `resflow serve` on a free port of the loopback interface and waits until it listens. */
export async function startServer(
  workspace: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<TestServer> {
  const { child, ended } = startProgram(['serve', '--workspace', workspace, '--port', '0', ...args], env);
  const url = await new Promise<string>((resolve, reject) => {
    let told = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      told += chunk.toString();
      const found = /at (https?:\/\/\S+)\/ /.exec(told)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(({ code, stderr }) => reject(new Error(`the server ended with ${code}: ${stderr}`)));
  });
  const pid = child.pid ?? 0;
  return {
    url,
    pid,
    async json(path, body, method = body === undefined ? 'GET' : 'POST') {
      const answer = await fetch(`${url}${path}`, {
        method,
        ...(body === undefined
          ? {}
          : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      });
      return { status: answer.status, body: (await answer.json()) as unknown };
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Asks until what is found passes, or too much time has gone. */
export async function until<T>(
  ask: () => Promise<T>,
  passes: (found: T) => boolean,
  seconds = 60,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await ask();
    if (passes(found)) return found;
    if (Date.now() > end) throw new Error(`not within ${seconds} s; last: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

export interface StreamedEvent {
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads server-sent events until `stop`. */
export function readEvents(url: string, headers: Record<string, string> = {}) {
  const events: StreamedEvent[] = [];
  const gone = new AbortController();
  const reading = (async () => {
    const answer = await fetch(url, { headers, signal: gone.signal });
    let text = '';
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      const blocks = text.split('\n\n');
      text = blocks.pop() ?? '';
      for (const block of blocks) {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        if (field('event') !== '')
          events.push({ id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown });
      }
    }
  })().catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  return {
    events,
    async stop() {
      gone.abort();
      await reading;
    },
  };
}
