#!/usr/bin/env node
// Writes src/hashing/hamming-scan-bytes.ts: a WebAssembly module that compares a code with many, by the processor's count of
// ones (i64.popcnt), which JavaScript has no way to ask for. Assembled here, byte by byte, so that no compiler is needed.
import { writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { inRoot } from './setup/paths.mjs';

const [I32, I64] = [0x7f, 0x7e];

/** Unsigned LEB128. */
function leb(value) {
  const bytes = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}
const vector = (items) => [...leb(items.length), ...items.flat()];
const text = (name) => vector([...Buffer.from(name)].map((byte) => [byte]));
const section = (id, content) => [id, ...leb(content.length), ...content];

const get = (local) => [0x20, local];
const set = (local) => [0x21, local];
const i32 = (value) => [0x41, value];
const add = 0x6a;
const [multiply, wrap, xor64, and64, popcnt] = [0x6c, 0xa7, 0x85, 0x83, 0x7b];
/** Codes of any length: no alignment is promised. */
const load64 = [0x29, 0, 0];
const store32 = (offset) => [0x36, 2, offset];
/** Code is nested lists of bytes until it is written. */
const increase = (local, by) => [get(local), by, add, set(local)];
const [BLOCK, LOOP, IF, END, VOID] = [0x02, 0x03, 0x04, 0x0b, 0x40];
const repeat = (leaveIf, body) => [[BLOCK, VOID, LOOP, VOID], leaveIf, [0x0d, 1], body, [0x0c, 0, END, END]];
const [geU, leU] = [0x4f, 0x4d];

/** Appends (number, distance) to the output where the distance is within the limit. */
const emit = ({ distance, limit, out, index }) => [
  get(distance),
  get(limit),
  leU,
  [IF, VOID],
  [get(out), get(index), store32(0)],
  [get(out), get(distance), store32(4)],
  increase(out, i32(8)),
  END,
];

/** Codes of up to 64 bits: (at, count, stride, query: i64, mask: i64, limit, out) -> where the output ends. */
function scanShort() {
  const [at, count, stride, query, mask, limit, out, end, index, distance] = Array(10).keys();
  const body = [
    [get(at), get(count), get(stride), multiply, add, set(end)],
    repeat(
      [get(at), get(end), geU],
      [
        [get(at), load64, get(query), xor64, get(mask), and64, popcnt, wrap, set(distance)],
        emit({ distance, limit, out, index }),
        increase(at, get(stride)),
        increase(index, i32(1)),
      ],
    ),
    get(out),
    END,
  ];
  return {
    type: [[I32, I32, I32, I64, I64, I32, I32], [I32]],
    body: [vector([[3, I32]]), body].flat(Infinity),
  };
}

/** Longer ones: (at, count, stride, query: address, last: address of its last word, mask of that, limit, out). */
function scanLong() {
  const [at, count, stride, query, last, mask, limit, out, end, index, distance, word, part] =
    Array(13).keys();
  const compared = [get(word), load64, get(part), load64, xor64];
  const body = [
    [get(at), get(count), get(stride), multiply, add, set(end)],
    repeat(
      [get(at), get(end), geU],
      [
        [i32(0), set(distance), get(at), set(word), get(query), set(part)],
        repeat(
          [get(part), get(last), geU],
          [increase(distance, [compared, popcnt, wrap]), increase(word, i32(8)), increase(part, i32(8))],
        ),
        increase(distance, [compared, get(mask), and64, popcnt, wrap]),
        emit({ distance, limit, out, index }),
        increase(at, get(stride)),
        increase(index, i32(1)),
      ],
    ),
    get(out),
    END,
  ];
  return {
    type: [[I32, I32, I32, I32, I32, I64, I32, I32], [I32]],
    body: [vector([[5, I32]]), body].flat(Infinity),
  };
}

const functions = [scanShort(), scanLong()];
const types = functions.map(({ type: [from, to] }) => [
  0x60,
  ...vector(from.map((kind) => [kind])),
  ...vector(to.map((kind) => [kind])),
]);
const module = [
  ...Buffer.from('\0asm\x01\0\0\0'),
  ...section(1, vector(types)),
  ...section(2, vector([[...text('scan'), ...text('memory'), 0x02, 0x00, 0x01]])),
  ...section(3, vector([[0], [1]])),
  ...section(
    7,
    vector([
      [...text('short'), 0x00, 0],
      [...text('long'), 0x00, 1],
    ]),
  ),
  ...section(10, vector(functions.map(({ body }) => [...leb(body.length), ...body]))),
];

const file = inRoot('src', 'hashing', 'hamming-scan-bytes.ts');
const source = `/** The WebAssembly module of CodeScanner. Made by scripts/make-hamming-scan.mjs; not to be edited. */
export const HAMMING_SCAN_BASE64 = '${Buffer.from(module).toString('base64')}';
`;
writeFileSync(
  file,
  await format(source, { parser: 'typescript', printWidth: 110, singleQuote: true, trailingComma: 'all' }),
);
