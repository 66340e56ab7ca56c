import { describe, expect, it } from 'vitest';
import { WorkerSlot, type Place } from './worker-slot.ts';

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Enters when it may; `in` tells by whom. */
function asker() {
  const slot = new WorkerSlot();
  const places = new Map<string, Place>();
  const enter = (name: string, alone = false) =>
    void slot.enter({ alone }).then((place) => places.set(name, place));
  const leave = (name: string) => {
    places.get(name)?.leave();
    places.delete(name);
  };
  return { slot, places, enter, leave, in: () => [...places.keys()] };
}

describe('a slot', () => {
  it('takes one, and another once that made room, and no third', async () => {
    const asked = asker();
    for (const name of ['a', 'b', 'c']) asked.enter(name);
    await settle();
    expect(asked.in()).toEqual(['a']);
    asked.places.get('a')?.makeRoom();
    await settle();
    expect(asked.in()).toEqual(['a', 'b']);
    asked.places.get('b')?.makeRoom();
    await settle();
    expect(asked.in()).toEqual(['a', 'b']);
    asked.leave('a');
    await settle();
    expect(asked.in()).toEqual(['b', 'c']);
  });

  it('lets in whoever is to be alone when all have left, with nobody beside it and nobody before its turn', async () => {
    const asked = asker();
    asked.enter('a');
    await settle();
    asked.places.get('a')?.makeRoom();
    asked.enter('lonely', true);
    asked.enter('b');
    await settle();
    expect(asked.in()).toEqual(['a']);
    asked.leave('a');
    await settle();
    expect(asked.in()).toEqual(['lonely']);
    asked.places.get('lonely')?.makeRoom();
    await settle();
    expect(asked.in()).toEqual(['lonely']);
    asked.leave('lonely');
    await settle();
    expect(asked.in()).toEqual(['b']);
  });

  it('says when it takes a task, and keeps no place for it', async () => {
    const asked = asker();
    let ready = 0;
    const look = () => void asked.slot.ready().then(() => (ready += 1));
    look();
    look();
    await settle();
    expect(ready).toBe(2);
    asked.enter('a');
    look();
    await settle();
    expect(ready).toBe(2);
    asked.places.get('a')?.makeRoom();
    await settle();
    expect(ready).toBe(3);
  });
});
