import { createHash } from 'node:crypto';

/** Hexadecimal digits of an id: 80 bits. */
const DIGITS = 20;

/** What decides an object's id: the pixels it is made of, where they lie on the ground, and what they were mapped as. */
export interface ObjectIdentity {
  /** Of scene, layer and grid: the same for all objects of a scene's map. */
  readonly frame: string;
  readonly value: number;
  readonly pixels: number;
  readonly firstX: number;
  readonly firstY: number;
  readonly hashA: number;
  readonly hashB: number;
}

/**
 * A name that an object keeps for as long as its pixels stay what they are: another run, another file or other options
 * of drawing it give it the same one. Run, model and confidence have no part in it.
 */
export function objectId({ frame, value, pixels, firstX, firstY, hashA, hashB }: ObjectIdentity): string {
  const text = `${frame} ${value} ${pixels} ${firstX} ${firstY} ${hashA} ${hashB}`;
  return createHash('sha256').update(text).digest('hex').slice(0, DIGITS);
}
