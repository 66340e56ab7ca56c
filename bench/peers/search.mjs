// Searches seeded codes by the built program's code; prints milliseconds of processor time and memory as JSON.
import { CodeScanner } from '../../dist/hashing/code-scanner.js';
import { NearestCodes } from '../../dist/hashing/nearest-codes.js';

const [count, bits, queries, most] = process.argv.slice(2).map(Number);
const bytes = bits / 8;
const before = process.memoryUsage.rss();
const scanner = new CodeScanner(bytes, count);
// The same codes as search.py: a linear congruential generator's high bits, 32 at a time.
const words = new Uint32Array(scanner.codes.buffer, scanner.codes.byteOffset, (count * bytes) / 4);
let state = 1;
for (let i = 0; i < words.length; i += 1) {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  words[i] = Math.imul(state ^ (state >>> 16), 0x7feb352d) >>> 0;
}
const times = [];
const distances = [];
for (let query = 0; query < queries; query += 1) {
  const at = query * 1000 * bytes;
  const code = scanner.codes.slice(at, at + bytes);
  const cpu = process.cpuUsage();
  const nearest = new NearestCodes(most, bits);
  scanner.scan(code, count, nearest);
  const found = nearest.result();
  const used = process.cpuUsage(cpu);
  times.push((used.user + used.system) / 1000);
  distances.push(found.map(({ distance }) => distance));
}
const memoryMiB = (process.memoryUsage.rss() - before) / 2 ** 20;
const sorted = [...times].sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({
    first: times[0],
    median: sorted[queries >> 1],
    worst: sorted.at(-1),
    memoryMiB,
    distances,
  }),
);
