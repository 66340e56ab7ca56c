/**
 * What addresses in a document carry so that a client that came with its key in the address can follow them: that key, or
 * nothing. Programs that read such documents often know no other way.
 */
export function keyQuery(query: Readonly<Record<string, unknown>>): string {
  const { key } = query;
  return typeof key === 'string' && key.length <= 200 ? `key=${encodeURIComponent(key)}` : '';
}
