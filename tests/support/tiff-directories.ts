/** Of one TIFF directory: its size, where it lies, and its blocks. */
export interface Directory {
  readonly at: number;
  readonly width: number;
  readonly height: number;
  readonly offsets: number[];
  readonly byteCounts: number[];
}

const BYTES: Readonly<Record<number, 1 | 2 | 4 | 8>> = { 2: 1, 3: 2, 4: 4, 12: 8, 16: 8 };

/** All directories of a little-endian TIFF or BigTIFF, read by the letter of the specification. */
export function readDirectories(tiff: Buffer): Directory[] {
  const big = tiff.readUInt16LE(2) === 43;
  const word = big ? 8 : 4;
  const number = (at: number, bytes: 1 | 2 | 4 | 8): number =>
    bytes === 8 ? Number(tiff.readBigUInt64LE(at)) : tiff.readUIntLE(at, bytes);
  const found: Directory[] = [];
  for (let at = number(big ? 8 : 4, word); at !== 0;) {
    const entries = number(at, big ? 8 : 2);
    const first = at + (big ? 8 : 2);
    const size = big ? 20 : 12;
    const values = (tag: number): number[] => {
      for (let entry = first; entry < first + entries * size; entry += size) {
        if (tiff.readUInt16LE(entry) !== tag) continue;
        const bytes = BYTES[tiff.readUInt16LE(entry + 2)] ?? 1;
        const count = number(entry + 4, word);
        const from = count * bytes <= word ? entry + 4 + word : number(entry + 4 + word, word);
        return Array.from({ length: count }, (_, index) => number(from + index * bytes, bytes));
      }
      return [];
    };
    const [width = 0] = values(256);
    const [height = 0] = values(257);
    found.push({ at, width, height, offsets: values(324), byteCounts: values(325) });
    at = number(first + entries * size, word);
  }
  return found;
}
