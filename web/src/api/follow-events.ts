import { accessHeaders } from './access-key.ts';
import { eventReader, type ServerEvent } from './read-events.ts';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Follows the server's events until `signal` ends it. Read by fetch rather than by EventSource, which cannot carry an
 * access key. A connection that breaks is taken up after the last event that came; `onState` says whether one stands.
 */
export async function followEvents(
  path: string,
  onEvent: (event: ServerEvent) => void,
  { signal, onState }: { signal: AbortSignal; onState: (connected: boolean) => void },
): Promise<void> {
  let last: string | null = null;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      const resume: Record<string, string> = last === null ? {} : { 'last-event-id': last };
      const headers = { accept: 'text/event-stream', ...accessHeaders(), ...resume };
      const answer = await fetch(path, { headers, signal, cache: 'no-store' });
      if (answer.ok && answer.body !== null) {
        onState(true);
        wait = FIRST_WAIT_MS;
        await readAll(answer.body, (event) => {
          last = event.id ?? last;
          onEvent(event);
        });
      }
    } catch {
      // The connection broke; the loop takes it up again.
    }
    if (signal.aborted) return;
    onState(false);
    await sleep(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

async function readAll(
  body: ReadableStream<Uint8Array>,
  onEvent: (event: ServerEvent) => void,
): Promise<void> {
  const feed = eventReader(onEvent);
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    feed(decoder.decode(value, { stream: true }));
  }
}

const sleep = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
