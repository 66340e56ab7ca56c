const STORED_AS = 'resflow-access-key';

let asked: (() => void) | null = null;

/** The key that requests carry; kept for this tab only. null where none was given. */
export function accessKey(): string | null {
  try {
    return sessionStorage.getItem(STORED_AS);
  } catch {
    return null;
  }
}

/** Keeps a key, or forgets it. */
export function keepAccessKey(key: string | null): void {
  if (key === null) sessionStorage.removeItem(STORED_AS);
  else sessionStorage.setItem(STORED_AS, key);
}

/** Headers of a request to the server of this page. */
export function accessHeaders(): Record<string, string> {
  const key = accessKey();
  return key === null ? {} : { authorization: `Bearer ${key}` };
}

/** What happens when the server asks for a key. */
export function onKeyNeeded(ask: () => void): () => void {
  asked = ask;
  return () => {
    if (asked === ask) asked = null;
  };
}

export const askForKey = (): void => asked?.();
