import { useEffect, useState } from 'react';
import { followEvents } from './follow-events.ts';
import type { ServerEvent } from './read-events.ts';

interface Listener {
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (connected: boolean) => void;
}

/** One stream serves the whole page, as long as somebody listens. */
const listeners = new Set<Listener>();
let following: AbortController | null = null;
let connected = false;

function listen(listener: Listener): () => void {
  listeners.add(listener);
  listener.onState(connected);
  if (following === null) {
    following = new AbortController();
    void followEvents('/api/events', (event) => listeners.forEach(({ onEvent }) => onEvent(event)), {
      signal: following.signal,
      onState: (state) => {
        connected = state;
        listeners.forEach(({ onState }) => onState(state));
      },
    });
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    following?.abort();
    following = null;
    connected = false;
  };
}

/** Calls `onEvent` for what happens on the server; whether the connection stands. `onEvent` has to stay the same. */
export function useLive(onEvent: (event: ServerEvent) => void): boolean {
  const [state, setState] = useState(false);
  useEffect(() => listen({ onEvent, onState: setState }), [onEvent]);
  return state;
}
