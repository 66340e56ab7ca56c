import { expect, it } from 'vitest';
import { ByteCache } from './byte-cache.ts';

it('keeps what was used last, within its bytes', () => {
  const cache = new ByteCache<Uint8Array>(100_000);
  for (let i = 0; i < 30; i++) {
    cache.set(`k${i}`, new Uint8Array(5000));
    // The first stays in use.
    expect(cache.get('k0')?.byteLength).toBe(5000);
  }
  expect(cache.bytes).toBeLessThanOrEqual(100_000);
  expect(cache.get('k29')?.byteLength).toBe(5000);
  expect(cache.get('k5')).toBeUndefined();
});

it('does not keep what would drive out the rest, and counts a replaced entry once', () => {
  const cache = new ByteCache<Uint8Array>(100_000);
  cache.set('small', new Uint8Array(10));
  cache.set('large', new Uint8Array(50_000));
  expect(cache.get('large')).toBeUndefined();
  const before = cache.bytes;
  cache.set('small', new Uint8Array(10));
  expect(cache.bytes).toBe(before);
});

it('counts entries that are nearly empty', () => {
  const cache = new ByteCache<Uint8Array>(100_000);
  for (let i = 0; i < 10_000; i++) cache.set(`key ${i}`, new Uint8Array(0));
  expect(cache.get('key 0')).toBeUndefined();
});
