// Can a chip tell that its place was not there when the gallery was built? `node bench/unknown.mjs [--folds 5] [--seed 1]`:
// a gallery is built of four fifths of the places and the chips of the others are added, five times. No label is read.
// Finished folds are kept in .cache/bench/unknown and found again; a build that was stopped goes on. Table to stdout.
// Known chips are those of the fit, each compared with the others; unknown ones are those that were added.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { noveltyOf, readLooks } from '../dist/embedding/looks.js';
import { dealPlaces } from './deal-places.mjs';
import { table } from './measure.mjs';
import { prepareArchive } from './quality-scenes.mjs';
import { CACHE, resflowIn, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: { folds: { type: 'string', default: '5' }, seed: { type: 'string', default: '1' } },
});
const [folds, seed] = [Number(values.folds), Number(values.seed)];
const HOME = join(CACHE, 'unknown');

const resflow = resflowIn(HOME);

/** Pixels at the gallery's ground size, about. */
function sizesOf(scenes) {
  const sizes = new Map();
  for (const { id, place } of scenes) {
    const { properties } = JSON.parse(readFileSync(join(HOME, 'scenes', `${id}.json`), 'utf8'));
    const [height, width] = properties['proj:shape'];
    const ground = height * width * properties['resflow:gsd_rows'] * properties['resflow:gsd_columns'];
    sizes.set(place, (sizes.get(place) ?? 0) + ground);
  }
  return sizes;
}

/** The share of pairs in which the unknown chip has the greater value; equal ones count half. */
function auroc(known, unknown) {
  const all = [...known.map((v) => [v, 0]), ...unknown.map((v) => [v, 1])].sort((a, b) => a[0] - b[0]);
  let [below, sum] = [0, 0];
  for (let i = 0; i < all.length;) {
    let j = i;
    while (j < all.length && all[j][0] === all[i][0]) j += 1;
    const tied = all.slice(i, j);
    const own = tied.filter(([, side]) => side === 0).length;
    sum += (tied.length - own) * (below + own / 2);
    below += own;
    i = j;
  }
  return sum / (known.length * unknown.length);
}

async function chipsOf(folder, ids) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = ids.map((id) => `'${join(folder, `scene=${id}`, 'chips.parquet')}'`).join(', ');
  const sql = `SELECT place, novelty, distance, margin FROM read_parquet([${files}])`;
  const rows = (await connection.runAndReadAll(sql)).getRowObjects();
  connection.closeSync();
  return rows;
}

async function measureFold(scenes, held, number) {
  const idsOf = (inside) => scenes.filter(({ place }) => held.has(place) === inside).map(({ id }) => id);
  const [added, kept] = [idsOf(true), idsOf(false)];
  const done = join(HOME, `fold-${number}of${folds}-s${seed}.json`);
  if (existsSync(done)) return JSON.parse(readFileSync(done, 'utf8'));
  const built = resflow('gallery', 'build', '--scenes', kept.join(','), '--seed', String(seed));
  resflow('gallery', 'add', '--scenes', added.join(','));
  const partition = JSON.parse(readFileSync(join(built.folder, 'partition.json'), 'utf8'));
  const looks = readLooks(readFileSync(join(built.folder, 'looks.bin')), partition.unknown.dims);
  const novelty = [...noveltyOf(looks, looks, (chip) => chip)];
  const [known, unknown] = [await chipsOf(built.chipsFolder, kept), await chipsOf(built.chipsFolder, added)];
  const by = (name, sign) =>
    auroc(
      known.map((c) => sign * c[name]),
      unknown.map((c) => sign * c[name]),
    );
  const { limit } = partition.unknown;
  const shareOver = (list) => list.filter((value) => value > limit).length / list.length;
  const places = [...held].map((place) => {
    const own = unknown.filter((chip) => chip.place === place).map((chip) => chip.novelty);
    return { place, chips: own.length, auroc: auroc(novelty, own), marked: shareOver(own) };
  });
  const result = {
    known: novelty.length,
    unknown: unknown.length,
    looks: auroc(
      novelty,
      unknown.map((chip) => chip.novelty),
    ),
    distance: by('distance', 1),
    margin: by('margin', -1),
    markedKnown: shareOver(novelty),
    markedUnknown: shareOver(unknown.map((chip) => chip.novelty)),
    mapStandard: partition.quality.mapStandard,
    mapByChip: partition.quality.byChip?.mapStandard ?? null,
    places,
  };
  writeFileSync(done, JSON.stringify(result, null, 2));
  return result;
}

const scenes = prepareArchive(HOME);
const rows = [];
const places = [];
for (const [index, held] of dealPlaces(sizesOf(scenes), folds).entries()) {
  const fold = await measureFold(scenes, held, index + 1);
  places.push(...fold.places);
  rows.push([
    index + 1,
    fold.known,
    fold.unknown,
    fold.looks,
    fold.distance,
    fold.margin,
    fold.markedKnown,
    fold.markedUnknown,
  ]);
}
const shown = (value) => (Number.isInteger(value) && value > 1 ? String(value) : value.toFixed(3));
const means = rows[0].slice(3).map((_, i) => rows.reduce((sum, row) => sum + row[i + 3], 0) / rows.length);
const commit = execFileSync('git', ['-C', ROOT, 'rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
process.stdout.write(
  `AUROC of telling chips of places that were not in the fit; ${folds} folds of places, seed ${seed}, commit ${commit}, ${new Date().toISOString().slice(0, 10)}\n\n` +
    table(
      [
        'fold',
        'known chips',
        'unknown chips',
        'looks',
        'bits to centroid',
        'margin',
        'known marked',
        'unknown marked',
      ],
      [
        ...rows.map((row) => [String(row[0]), ...row.slice(1).map(shown)]),
        ['mean', '', '', ...means.map((v) => v.toFixed(3))],
      ],
    ) +
    '\n\n' +
    table(
      ['place', 'chips', 'AUROC by looks', 'marked'],
      places
        .sort((a, b) => b.chips - a.chips)
        .map(({ place, chips, auroc: value, marked }) => [
          place,
          String(chips),
          value.toFixed(3),
          marked.toFixed(3),
        ]),
    ) +
    '\n',
);
