import type { ModelSession } from '../../model/onnx-session.ts';

/**
 * A network on the CPU that stands in for one on a device: its batches are run image by image, so that they give the very
 * bits of single images, and take no more of the host's memory.
 */
export function oneByOne(session: ModelSession): ModelSession {
  if (session.variant === 'noop' || session.batch !== null) return session;
  return {
    ...session,
    async run(pixels, { n, ...image }) {
      const length = pixels.length / n;
      const parts: Float32Array[] = [];
      for (let i = 0; i < n; i += 1)
        parts.push(await session.run(pixels.subarray(i * length, (i + 1) * length), { n: 1, ...image }));
      return joined(parts);
    },
  };
}

/** Parts of a batch, one after the other. */
export function joined(parts: readonly Float32Array[]): Float32Array {
  const [only, ...more] = parts;
  if (more.length === 0 && only !== undefined) return only;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
