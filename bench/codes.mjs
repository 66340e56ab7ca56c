// How many bits should codes have, and what does hashing cost the clusters? `node bench/codes.mjs [--bits 16,32,64] [--seeds 1,2,3]
// [--write]`: galleries of the shared scenes, built by the program; what each says of itself. Finished builds are kept in
// .cache/bench/codes and found again. Table to stdout and, with --write, to docs/codes-table.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from './measure.mjs';
import { prepareArchive, three } from './quality-scenes.mjs';
import { CACHE, resflowIn, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    bits: { type: 'string', default: '16,32,64' },
    seeds: { type: 'string', default: '1,2,3' },
    write: { type: 'boolean', default: false },
  },
});
const HOME = join(CACHE, 'codes');
const numbers = (text) => text.split(',').map(Number);
prepareArchive(HOME);

function built(bits, seed) {
  const file = join(HOME, `bits${bits}-seed${seed}.json`);
  if (!existsSync(file)) {
    resflowIn(HOME)('gallery', 'build', '--all', '--bits', String(bits), '--seed', String(seed));
    const { chips, clusters, quality, buckets } = resflowIn(HOME)('gallery', 'show');
    writeFileSync(
      file,
      `${JSON.stringify({ bits, seed, chips, clusters: clusters.clusters, buckets: buckets.length, quality })}\n`,
    );
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;
const COLUMNS = [
  ['clusters', String, ({ clusters }) => clusters],
  ['mAP by place', three, ({ quality }) => quality.mapStandard],
  ['at random', three, ({ quality }) => quality.byChip.mapStandard],
  ['mAP@20 over hits, by place', three, ({ quality }) => quality.mapAt20OverHits],
  ['bucket is not cluster, by place', percent, ({ quality }) => quality.bucketNotCluster.heldOut],
  ['of all chips', percent, ({ quality }) => quality.bucketNotCluster.all],
  ['ones in the least set bit', three, ({ quality }) => quality.bits.balance[0]],
  ['mean correlation of bits', three, ({ quality }) => quality.bits.correlation.mean],
];

function spread(list, shown) {
  const [low, high] = [Math.min(...list), Math.max(...list)].map(shown);
  return low === high ? low : `${low} to ${high}`;
}

const rows = numbers(values.bits).map((bits) => {
  const all = numbers(values.seeds).map((seed) => built(bits, seed));
  return [bits, ...COLUMNS.map(([, shown, pick]) => spread(all.map(pick), shown))];
});
const headings = ['bits', ...COLUMNS.map(([heading]) => heading)];
const text = `Seeds ${values.seeds}; least to greatest.\n\n${table(headings, rows)}\n`;
process.stdout.write(text);
if (values.write)
  writeFileSync(
    join(ROOT, 'docs', 'codes-table.md'),
    `# Bits of codes\n\nMade by \`node bench/codes.mjs\`; what the columns say: [gallery.md](gallery.md#what-show-says).\n\n${text}`,
  );
