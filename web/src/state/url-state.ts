import { useCallback, useMemo, useSyncExternalStore } from 'react';

/** The views, in the order of the navigation; each is a path of the page. */
export const VIEWS = ['map', 'runs', 'gallery', 'models', 'report'] as const;
export type View = (typeof VIEWS)[number];

/** What the address holds: the view, and everything that decides what it shows. */
export interface UrlState {
  readonly view: View;
  readonly get: (name: string) => string | null;
}

/** Names to new values; null takes a name out. */
export type Patch = Readonly<Record<string, string | null>>;

const CHANGED = 'resflow-url';

const subscribe = (onChange: () => void): (() => void) => {
  for (const event of ['popstate', CHANGED]) addEventListener(event, onChange);
  return () => {
    for (const event of ['popstate', CHANGED]) removeEventListener(event, onChange);
  };
};

const address = (): string => location.pathname + location.search;

function viewOf(path: string): View {
  const name = path.split('/')[1];
  return VIEWS.find((view) => view === name) ?? 'map';
}

/** An address of the page: parameters of the present one that are still of use elsewhere, and the patch. */
export function addressOf(view: View, patch: Patch = {}, kept: readonly string[] = []): string {
  const now = new URLSearchParams(location.search);
  const params = new URLSearchParams();
  for (const name of kept) {
    const value = now.get(name);
    if (value !== null) params.set(name, value);
  }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) params.delete(name);
    else params.set(name, value);
  }
  return `/${view}${query(params)}`;
}

/** Commas and slashes stay readable in an address that people send each other. */
function query(params: URLSearchParams): string {
  const text = params.toString().replaceAll('%2C', ',').replaceAll('%2F', '/').replaceAll('%3A', ':');
  return text === '' ? '' : `?${text}`;
}

/** Goes to an address of the page; `replace` leaves no trace in the history. */
export function goTo(target: string, { replace = false } = {}): void {
  if (target === address()) return;
  if (replace) history.replaceState(null, '', target);
  else history.pushState(null, '', target);
  dispatchEvent(new Event(CHANGED));
}

/** The state that the address holds, and a way to change it. */
export function useUrlState(): [UrlState, (patch: Patch, options?: { replace?: boolean }) => void] {
  const now = useSyncExternalStore(subscribe, address);
  const change = useCallback((patch: Patch, options: { replace?: boolean } = {}) => {
    const all = [...new URLSearchParams(location.search).keys()];
    goTo(addressOf(viewOf(location.pathname), patch, all), options);
  }, []);
  const state = useMemo(() => {
    const [path = '', search = ''] = now.split('?');
    const params = new URLSearchParams(search);
    return { view: viewOf(path), get: (name: string) => params.get(name) };
  }, [now]);
  return [state, change];
}
