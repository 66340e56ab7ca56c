/** A copy of an array with room for more, twice as much unless told: how arrays of unknown length grow. */
export function longerArray<T extends Int32Array | Float64Array | Uint8Array>(
  old: T,
  length = old.length * 2,
): T {
  const grown = new (old.constructor as new (length: number) => T)(length);
  grown.set(old);
  return grown;
}
