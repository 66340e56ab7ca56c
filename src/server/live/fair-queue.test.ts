import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

/** Work that ends when it is told to, and notes when it began. */
function workshop() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const work = (key: string) => () => {
    begun.push(key);
    return new Promise<void>((resolve) => ends.set(key, resolve));
  };
  const end = async (key: string) => {
    ends.get(key)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { begun, work, end };
}

const never = new AbortController().signal;

describe('a queue that is fair', () => {
  it('lets clients take turns, and takes the newest of each first', async () => {
    const queue = new FairQueue(1);
    const { begun, work, end } = workshop();
    const all = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2'].map((key) =>
      queue.want(key, { client: key.slice(0, 1), signal: never, work: work(key) }),
    );
    for (const key of ['a1', 'a4', 'b2', 'a3', 'b1', 'a2']) {
      expect(begun.at(-1)).toBe(key);
      await end(key);
    }
    await Promise.all(all);
    expect(queue.size).toEqual({ waiting: 0, running: 0 });
  });

  it('does once what two want, and not at all what nobody wants any more', async () => {
    const queue = new FairQueue(1);
    const { begun, work, end } = workshop();
    const first = queue.want('busy', { client: 'a', signal: never, work: work('busy') });
    const [stays, leaves, alone] = [new AbortController(), new AbortController(), new AbortController()];
    const both = { work: work('shared') };
    const kept = queue.want('shared', { client: 'a', signal: stays.signal, ...both });
    const left = queue.want('shared', { client: 'b', signal: leaves.signal, ...both });
    const dropped = queue.want('alone', { client: 'b', signal: alone.signal, work: work('alone') });
    const reasons = Promise.allSettled([left, dropped]);
    leaves.abort(new Error('out of view'));
    alone.abort(new Error('out of view'));
    expect((await reasons).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await end('busy');
    await end('shared');
    await Promise.all([first, kept]);
    expect(begun).toEqual(['busy', 'shared']);
  });

  it('tells all who wait for a job that it failed, and goes on with others', async () => {
    const queue = new FairQueue(1);
    const failing = () => Promise.reject(new Error('no memory'));
    const asked = ['a', 'b'].map((client) => queue.want('job', { client, signal: never, work: failing }));
    const ended = await Promise.allSettled(asked);
    expect(ended).toMatchObject([{ reason: { message: 'no memory' } }, { reason: { message: 'no memory' } }]);
    await queue.want('next', { client: 'a', signal: never, work: () => Promise.resolve() });
  });

  it('refuses a client that wants too much, and no other', async () => {
    const queue = new FairQueue(1);
    const { work } = workshop();
    const gone = new AbortController();
    const many = Array.from({ length: 65 }, (_, i) =>
      queue
        .want(`a${i}`, { client: 'a', signal: gone.signal, work: work(`a${i}`) })
        .catch((error: unknown) => error),
    );
    const refused = queue.want('a-more', { client: 'a', signal: gone.signal, work: work('a-more') });
    await expect(refused).rejects.toMatchObject({ status: 503, code: 'TOO_MANY_PREDICTIONS' });
    const other = queue.want('b', { client: 'b', signal: gone.signal, work: work('b') }).catch(() => 'left');
    gone.abort(new Error('gone'));
    expect(await other).toBe('left');
    await Promise.all(many);
  });
});
