/** One server-sent event. */
export interface ServerEvent {
  readonly id: string | null;
  readonly type: string;
  readonly data: string;
}

/** Cuts a stream of text into server-sent events; feed it pieces as they come. What is not ended yet stays inside. */
export function eventReader(onEvent: (event: ServerEvent) => void): (piece: string) => void {
  let rest = '';
  return (piece) => {
    const blocks = (rest + piece).replaceAll('\r\n', '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event !== null) onEvent(event);
    }
  };
}

function parseBlock(block: string): ServerEvent | null {
  const fields = new Map<string, string[]>();
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    fields.set(name, [...(fields.get(name) ?? []), line.slice(colon + 1).replace(/^ /, '')]);
  }
  const data = fields.get('data');
  if (data === undefined) return null;
  return {
    id: fields.get('id')?.at(-1) ?? null,
    type: fields.get('event')?.at(-1) ?? 'message',
    data: data.join('\n'),
  };
}
