import { expect, it } from 'vitest';
import { SharedWork } from './shared-work.ts';

const forEver = new AbortController().signal;

/** Work that ends when told, and counts how often it was begun. */
function controlled() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const aborted: string[] = [];
  const work = (name: string) => (signal: AbortSignal) => {
    begun.push(name);
    signal.addEventListener('abort', () => aborted.push(name));
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  return { begun, aborted, work, end: (name: string) => ends.get(name)?.() };
}

it('shares work by key and does no more at once than allowed', async () => {
  const { begun, work, end } = controlled();
  const shared = new SharedWork({ atOnce: 1, waiting: 10 });
  const first = shared.run('a', forEver, work('a'));
  const again = shared.run('a', forEver, work('never'));
  const second = shared.run('b', forEver, work('b'));
  await Promise.resolve();
  expect(begun).toEqual(['a']);
  end('a');
  expect(await Promise.all([first, again])).toEqual(['a', 'a']);
  await Promise.resolve();
  end('b');
  expect(await second).toBe('b');
});

it('does not begin what nobody waits for any more, and aborts what has begun', async () => {
  const { begun, aborted, work, end } = controlled();
  const shared = new SharedWork({ atOnce: 1, waiting: 10 });
  const [one, two] = [new AbortController(), new AbortController()];
  const running = shared.run('a', one.signal, work('a'));
  const both = [shared.run('b', two.signal, work('b')), shared.run('c', forEver, work('c'))];
  two.abort(new Error('left'));
  await expect(both[0]).rejects.toThrow('left');
  one.abort(new Error('left too'));
  await expect(running).rejects.toThrow('left too');
  expect(aborted).toEqual(['a']);
  end('a');
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toEqual(['a', 'c']);
  end('c');
  expect(await both[1]).toBe('c');
});

it('goes on while one of several still waits', async () => {
  const { aborted, work, end } = controlled();
  const shared = new SharedWork({ atOnce: 1, waiting: 10 });
  const leaving = new AbortController();
  const left = shared.run('a', leaving.signal, work('a'));
  const stayed = shared.run('a', forEver, work('a'));
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  end('a');
  expect(await stayed).toBe('a');
  expect(aborted).toEqual([]);
});

it('refuses what would wait too long, and says when to come again', async () => {
  const { work, end } = controlled();
  const shared = new SharedWork({ atOnce: 1, waiting: 1 });
  const kept = [shared.run('a', forEver, work('a')), shared.run('b', forEver, work('b'))];
  await expect(shared.run('c', forEver, work('c'))).rejects.toMatchObject({
    status: 503,
    headers: { 'retry-after': '1' },
  });
  end('a');
  await kept[0];
  await new Promise((resolve) => setImmediate(resolve));
  end('b');
  expect(await kept[1]).toBe('b');
});
