// Jobs of `bench/partition.mjs`: a training set, the buckets of its ground, and a file for each fold and seed, in one folder
// with relative paths, so that it can be worked off on another machine.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { bucketsOf } from '../../dist/cli/bucket-cells.js';
import { prepareTraining } from '../../dist/cli/prepare-training.js';
import { randomInt, seededRandom } from '../../dist/core/random.js';
import { quoted, withDatabase } from '../../dist/gallery/database.js';
import { codeOfText } from '../../dist/hashing/codes.js';
import { hammingDistance } from '../../dist/hashing/hamming.js';
import { sceneChipsFolder } from '../../dist/workspace/layout.js';
import { readCurrentPartition } from '../../dist/workspace/partitions.js';
import { dealPlaces } from '../deal-places.mjs';
import { APP, HOME, prepareScenes, resflow } from '../quality-scenes.mjs';
import { PYTHON, ROOT } from '../workspace.mjs';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const context = {
  workspace: HOME,
  log: silent,
  progress: { update() {}, done() {} },
  signal: new AbortController().signal,
  now: () => new Date(),
  env: process.env,
  commands: [],
};

/** Cells with their buckets exchanged at random: as many of each bucket as before, over all scenes together. */
function shuffled(file, seed) {
  const random = seededRandom(seed);
  const held = file.scenes.flatMap(({ buckets }) => buckets.filter((bucket) => bucket >= 0));
  for (let i = held.length - 1; i > 0; i -= 1) {
    const j = randomInt(random, i + 1);
    [held[i], held[j]] = [held[j], held[i]];
  }
  let at = 0;
  const deal = (bucket) => (bucket < 0 ? bucket : held[at++]);
  return { ...file, scenes: file.scenes.map((scene) => ({ ...scene, buckets: scene.buckets.map(deal) })) };
}

/** The codes of a scene's cells, row by row; null where there is no chip. */
async function codesOf({ digest, chipPixels }, { id, columns, rows }) {
  const file = quoted(join(sceneChipsFolder(HOME, digest, id), 'chips.parquet'));
  const found = await withDatabase((connection) =>
    connection.runAndReadAll(`SELECT x, y, hex(code) FROM read_parquet(${file})`),
  );
  const codes = new Array(columns * rows).fill(null);
  for (const [x, y, code] of found.getRows())
    codes[(Number(y) / chipPixels) * columns + Number(x) / chipPixels] = codeOfText(code.toLowerCase());
  return codes;
}

/** A bucket for each place of the training; ground of other places takes the place of the nearest code. */
function byPlace(file, codes, placeOf, held) {
  const places = [...new Set(file.scenes.map(({ id }) => placeOf(id)))]
    .filter((place) => !held.has(place))
    .sort((a, b) => (a < b ? -1 : 1));
  const known = file.scenes
    .filter(({ id }) => !held.has(placeOf(id)))
    .flatMap(({ id }) =>
      codes.get(id).flatMap((code) => (code === null ? [] : [{ code, place: placeOf(id) }])),
    );
  const nearest = (code) => {
    const count = new Map();
    let least = Infinity;
    for (const one of known) least = Math.min(least, hammingDistance(code, one.code));
    for (const one of known)
      if (hammingDistance(code, one.code) === least) count.set(one.place, (count.get(one.place) ?? 0) + 1);
    return [...count].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0][0];
  };
  const bucketOf = (id, code) =>
    code === null ? -1 : places.indexOf(held.has(placeOf(id)) ? nearest(code) : placeOf(id));
  const scenes = file.scenes.map((scene) => ({
    ...scene,
    buckets: codes.get(scene.id).map((code) => bucketOf(scene.id, code)),
  }));
  return { ...file, codes: places, scenes };
}

/** By this margin, in bits, a cell belongs to its bucket alone; undecided ones belong to two by halves. */
const DECIDED_BITS = 8;

/** Of each scene's cells the second-nearest bucket, and its share by the margin. */
function softly(file, codes) {
  const centroids = file.codes.map(codeOfText);
  const nearest = (code) => {
    const all = centroids.map((centroid, bucket) => ({ bucket, bits: hammingDistance(centroid, code) }));
    const [first, second = first] = all.sort((a, b) => a.bits - b.bits || a.bucket - b.bucket);
    const margin = second.bits - first.bits;
    return { second: second.bucket, share: 0.5 * Math.max(0, 1 - margin / DECIDED_BITS) };
  };
  const none = { second: 0, share: 0 };
  const cells = (id) => codes.get(id).map((code) => (code === null ? none : nearest(code)));
  return Object.fromEntries(
    file.scenes.map(({ id }) => {
      const found = cells(id);
      return [id, { second: found.map(({ second }) => second), share: found.map(({ share }) => share) }];
    }),
  );
}

/** Puts the training set of all places (`set`) and the buckets of its ground (`partition.json`) into `folder`; gives its
 * record, the buckets, and the codes of the cells. The gallery of all places is built where it is missing. */
export async function prepareGround(folder) {
  const scenes = prepareScenes();
  const known = scenes.filter(({ split }) => split !== 'test').map(({ id }) => id);
  resflow('gallery', 'build', '--scenes', known.join(','));
  const partition = await readCurrentPartition(HOME);
  const prepared = await prepareTraining(APP, 1, context);
  const file = await bucketsOf(HOME, partition, prepared);
  const set = resolve(HOME, prepared.built.folder);
  const record = JSON.parse(readFileSync(join(set, 'set.json'), 'utf8'));
  const codes = new Map();
  for (const scene of file.scenes) codes.set(scene.id, await codesOf(partition, scene));
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'set'))) symlinkSync(set, join(folder, 'set'));
  writeFileSync(join(folder, 'partition.json'), `${JSON.stringify(file)}\n`);
  return { record, file, codes };
}

/** Works off the job `name` in `folder` by a script of this folder; ends the process where that fails. */
export function workOff(script, name, folder) {
  const { status } = spawnSync(PYTHON, [join(ROOT, 'bench', 'partition', script), name], {
    cwd: folder,
    stdio: 'inherit',
    env: { ...process.env, PYTHONPATH: join(ROOT, 'trainer') },
  });
  if (status !== 0) process.exit(1);
}

/** Places dealt to folds by their labelled pixels. */
export function foldsOf(record, folds) {
  const sizes = new Map();
  for (const { place, labelledPixels } of record.scenes)
    sizes.set(place, (sizes.get(place) ?? 0) + labelledPixels);
  return dealPlaces(sizes, folds).map((held) => {
    const ids = (out) => record.scenes.filter(({ place }) => held.has(place) === out).map(({ id }) => id);
    return { held, split: { train: ids(false), heldOut: ids(true) } };
  });
}

/** Writes the jobs into `folder`; gives their file names. */
export async function writeJobs(folder, { folds, seeds, steps, more, stages, network, threads, graphs }) {
  const { record, file, codes } = await prepareGround(folder);
  const write = (name, value) => writeFileSync(join(folder, name), `${JSON.stringify(value)}\n`);
  write('soft.json', softly(file, codes));
  const places = new Map(record.scenes.map(({ id, place }) => [id, place]));
  const names = [];
  for (const [index, { held, split }] of foldsOf(record, folds).entries()) {
    const fold = index + 1;
    const placeOf = (id) => places.get(id);
    write(`place-fold${fold}.json`, byPlace(file, codes, placeOf, held));
    for (const seed of seeds) {
      write(`random-s${seed}.json`, shuffled(file, seed));
      const name = `fold${fold}-s${seed}.json`;
      write(name, {
        trainingSet: 'set',
        output: `fold${fold}-s${seed}`,
        seed,
        split,
        buckets: {
          partition: 'partition.json',
          random: `random-s${seed}.json`,
          place: `place-fold${fold}.json`,
        },
        soft: 'soft.json',
        network,
        steps,
        more,
        stages,
        threads,
        graphs,
      });
      names.push(name);
    }
  }
  return names;
}
