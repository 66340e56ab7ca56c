import { sampledChips, typicalChips } from '../gallery/find-chips.ts';
import { describedChip } from '../gallery/described-chip.ts';
import { seededRandom } from '../core/random.ts';
import { sceneChipsFolder } from '../workspace/layout.ts';
import { listSceneChips, readCurrentPartition } from '../workspace/partitions.ts';
import type { SceneChips } from '../workspace/partition-record.ts';
import { badRequest } from './problem.ts';

/** Chips with the same code would lie on one another: they are strewn this far. */
const STREW = 0.03;

/**
 * The chips of the gallery in columns, with a place in the plane: their codes' first two principal components, each from
 * -1 to 1, a little strewn.
 */
export async function chipLayout(root: string, limit: number) {
  const partition = await readCurrentPartition(root);
  const scenes = await filledScenes(root, partition.digest);
  const folders = scenes.map(({ scene }) => sceneChipsFolder(root, partition.digest, scene));
  const chips = folders.length === 0 ? [] : (await sampledChips(folders, limit)).map(describedChip);
  const codes = chips.map(({ code }) => signsOf(code));
  const [x, y] = twoComponents(codes);
  const random = seededRandom(1);
  const strewn = (values: readonly number[]) =>
    values.map((value) => Math.round(1e4 * (value * (1 - STREW) + STREW * (2 * random() - 1))) / 1e4);
  const column = <T>(of: (chip: (typeof chips)[number]) => T): T[] => chips.map(of);
  return {
    partition: partition.digest,
    total: scenes.reduce((sum, scene) => sum + scene.chips, 0),
    id: column(({ id }) => id),
    scene: column(({ scene }) => scene),
    place: column(({ place }) => place),
    acquired: column(({ acquired }) => acquired),
    bucket: column(({ bucket }) => bucket),
    lon: column(({ centre }) => Math.round(centre[0] * 1e6) / 1e6),
    lat: column(({ centre }) => Math.round(centre[1] * 1e6) / 1e6),
    x: strewn(x),
    y: strewn(y),
  };
}

/** Chips nearest to a bucket's centroid, scenes in turn. */
export async function typicalOf(root: string, bucket: number, limit: number) {
  const partition = await readCurrentPartition(root);
  if (bucket >= partition.buckets.length) {
    throw badRequest(
      'NO_BUCKET',
      `There is no bucket ${bucket}; there are 0 to ${partition.buckets.length - 1}.`,
    );
  }
  const scenes = await filledScenes(root, partition.digest);
  const folders = scenes.map(({ scene }) => sceneChipsFolder(root, partition.digest, scene));
  const chips = folders.length === 0 ? [] : await typicalChips(folders, bucket, limit);
  return { chips: chips.map(describedChip).map(({ href: _href, ...chip }) => chip) };
}

const filledScenes = async (root: string, partition: string): Promise<SceneChips[]> =>
  (await listSceneChips(root, partition)).filter(({ chips }) => chips > 0);

/** A code in hex, as -1 and 1 a bit. */
function signsOf(code: string): Float64Array {
  const bytes = Buffer.from(code, 'hex');
  return Float64Array.from({ length: bytes.length * 8 }, (_, i) =>
    ((bytes[i >> 3] ?? 0) >> (7 - (i & 7))) & 1 ? 1 : -1,
  );
}

const STEPS = 50;

/** The first two principal components, by the power method on the covariance; each scaled to -1 to 1. Deterministic. */
function twoComponents(rows: readonly Float64Array[]): [number[], number[]] {
  const dims = rows[0]?.length ?? 0;
  const mean = new Float64Array(dims);
  for (const row of rows) row.forEach((value, i) => (mean[i] = (mean[i] ?? 0) + value / rows.length));
  const centred = rows.map((row) => row.map((value, i) => value - (mean[i] ?? 0)));
  const axes: Float64Array[] = [];
  while (axes.length < 2) axes.push(principalAxis(centred, dims, axes));
  const [first, second] = axes.map((axis) => scaled(centred.map((row) => dot(row, axis))));
  return [first ?? [], second ?? []];
}

function principalAxis(
  rows: readonly Float64Array[],
  dims: number,
  before: readonly Float64Array[],
): Float64Array {
  const random = seededRandom(before.length + 1);
  let axis = Float64Array.from({ length: dims }, () => random() - 0.5);
  for (let step = 0; step < STEPS; step += 1) {
    const next = new Float64Array(dims);
    for (const row of rows) {
      const along = dot(row, axis);
      for (let i = 0; i < dims; i += 1) next[i] = (next[i] ?? 0) + along * (row[i] ?? 0);
    }
    for (const other of before) {
      const along = dot(next, other);
      for (let i = 0; i < dims; i += 1) next[i] = (next[i] ?? 0) - along * (other[i] ?? 0);
    }
    const length = Math.sqrt(dot(next, next));
    if (length === 0) break;
    axis = next.map((value) => value / length);
  }
  return axis;
}

const dot = (a: Float64Array, b: Float64Array): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

function scaled(values: readonly number[]): number[] {
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  return values.map((value) => (most === 0 ? 0 : value / most));
}
