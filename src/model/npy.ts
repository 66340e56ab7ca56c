import { inputError } from '../core/errors.ts';

/** A NumPy array of float32, C order. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** Reads the bytes of a .npy file (format 1 to 3) of little-endian float32 in C order. Throws input error BAD_NPY. */
export function readNpy(bytes: Uint8Array, file: string): NpyArray {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || MAGIC.some((value, i) => bytes[i] !== value))
    throw bad(file, 'it is no .npy file');
  const short = bytes[6] === 1;
  const start = short ? 10 : 12;
  const headerLength = short ? view.getUint16(8, true) : view.getUint32(8, true);
  const header = new TextDecoder().decode(bytes.subarray(start, start + headerLength));
  const type = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1];
  const shapeText = /'shape'\s*:\s*\(([^)]*)\)/.exec(header)?.[1];
  if (type === undefined || shapeText === undefined) throw bad(file, 'its header is damaged');
  if (type !== '<f4') throw bad(file, `it holds '${type}', not '<f4' (float32)`);
  if (!/'fortran_order'\s*:\s*False/.test(header)) throw bad(file, 'it is in Fortran order');
  const shape = shapeText
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const count = shape.reduce((product, length) => product * length, 1);
  const dataStart = start + headerLength;
  if (bytes.length - dataStart !== 4 * count) {
    throw bad(
      file,
      `it should hold ${count} numbers (${shape.join('x')}) but has ${bytes.length - dataStart} bytes of data`,
    );
  }
  const data = new Float32Array(count);
  new Uint8Array(data.buffer).set(bytes.subarray(dataStart));
  return { shape, data };
}

const bad = (file: string, why: string) =>
  inputError('BAD_NPY', `${file} cannot be used as a reference array: ${why}.`, {
    hint: 'Write it with numpy.save(FILE, numpy.ascontiguousarray(array, dtype=numpy.float32)).',
    context: { file },
  });
