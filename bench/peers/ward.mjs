// One Ward clustering of seeded points by the built program's code; prints seconds and memory as JSON.
import { squaredDistances } from '../../dist/clustering/squared-distances.js';
import { wardLinkage } from '../../dist/clustering/ward-linkage.js';

const [count, dims] = process.argv.slice(2).map(Number);
// The same points as ward.py: a linear congruential generator, so that both sides have them without a file.
let state = 1;
const data = Float32Array.from({ length: count * dims }, (_, i) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296 + 3 * (Math.floor(i / dims) % 6 === i % 6);
});
const cpu = process.cpuUsage();
const start = performance.now();
const distances = squaredDistances({ count, dims, data });
const middle = performance.now();
const tree = wardLinkage(distances, count);
const used = process.cpuUsage(cpu);
const end = performance.now();
process.stdout.write(
  JSON.stringify({
    cpu: (used.user + used.system) / 1e6,
    wall: (end - start) / 1000,
    distances: (middle - start) / 1000,
    peakMiB: process.resourceUsage().maxRSS / 1024,
    top: tree.height.at(-1),
  }),
);
