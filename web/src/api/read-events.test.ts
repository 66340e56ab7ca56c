import { describe, expect, it } from 'vitest';
import { eventReader, type ServerEvent } from './read-events.ts';

const STREAM =
  ': here\n\nid: a-1\nevent: run\ndata: {"x":1}\n\nid: a-2\r\nevent: regions\r\ndata: one\r\ndata: two\r\n\r\ndata: bare\n\n';

function read(pieces: readonly string[]): ServerEvent[] {
  const events: ServerEvent[] = [];
  const feed = eventReader((event) => events.push(event));
  for (const piece of pieces) feed(piece);
  return events;
}

describe('the reader of server-sent events', () => {
  const whole = read([STREAM]);

  it('takes names, data over several lines, and leaves signs of life out', () => {
    expect(whole).toEqual([
      { id: 'a-1', type: 'run', data: '{"x":1}' },
      { id: 'a-2', type: 'regions', data: 'one\ntwo' },
      { id: null, type: 'message', data: 'bare' },
    ]);
  });

  it('does not care where the stream is cut', () => {
    for (let cut = 1; cut < STREAM.length; cut += 1)
      expect(read([STREAM.slice(0, cut), STREAM.slice(cut)])).toEqual(whole);
    expect(read(STREAM.split(''))).toEqual(whole);
  });

  it('holds back what is not ended', () => expect(read(['data: half\n'])).toEqual([]));
});
