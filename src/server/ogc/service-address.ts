/** Where a service is asked, and what its addresses have to carry. */
export interface ServiceAddress {
  readonly origin: string;
  /** `key=...`, or nothing. */
  readonly query: string;
}

/**
 * The address of a request. A client that came with its key in the address gets it in those that it is to follow: programs
 * that read such documents often know no other way.
 */
export function addressOf(origin: string, query: Readonly<Record<string, unknown>>): ServiceAddress {
  const { key } = query;
  const known = typeof key === 'string' && key.length <= 200;
  return { origin, query: known ? `key=${encodeURIComponent(key)}` : '' };
}

/** A full address of a path, with more of a query. */
export function withQuery({ origin, query }: ServiceAddress, path: string, more = ''): string {
  const text = [more, query].filter((part) => part !== '').join('&');
  return `${origin}${path}${text === '' ? '' : `?${text}`}`;
}
