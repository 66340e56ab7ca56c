import { nearestBuckets } from '../../hashing/buckets.ts';
import { codeAt, codeOfText, joinCodes, wrongLength, type Codes } from '../../hashing/codes.ts';
import type { ChipPart } from '../../embedding/chip-part.ts';
import { chipId, planChipTasks } from '../../embedding/plan-chip-tasks.ts';
import type { ChipTask } from '../../engine/chip-task.ts';
import { writeSceneChips } from '../../gallery/write-scene-chips.ts';
import type { GalleryChip } from '../../gallery/scene-chips.ts';
import { lonLatTransform, parseCrs } from '../../raster/crs.ts';
import { partitionFolder, sceneChipsFolder } from '../../workspace/layout.ts';
import { identityChanges } from '../../raster/source-identity.ts';
import type { Partition, SceneChips } from '../../workspace/partition-record.ts';
import { readSceneChips } from '../../workspace/partitions.ts';
import { sceneGrid } from '../../workspace/scene-grid.ts';
import { isUnknown } from '../../workspace/unknown-chip.ts';
import type { CommandContext } from '../command.ts';
import type { GalleryScene, RefusedScene } from './choose-gallery-scenes.ts';
import { readParts, runChipTasks } from './run-chip-tasks.ts';

/** A float32 behind each code. */
const NOVELTY_BYTES = 4;

export interface CodedScene {
  readonly record: SceneChips;
  /** False where the scene was in the gallery before. */
  readonly added: boolean;
}

/**
 * Gives the chips of scenes their codes and buckets by a partition, and appends them to its gallery, scene by scene.
 * Scenes that are there are left as they are; those that have another source by now are refused (SCENE_CHANGED).
 * `clusterOf` gives a chip's cluster where the partition was fitted on it.
 */
export async function codeScenes(
  partition: Partition,
  scenes: readonly GalleryScene[],
  context: CommandContext,
  clusterOf: (scene: string, chip: number) => number | null = () => null,
): Promise<{ coded: CodedScene[]; refused: RefusedScene[] }> {
  const root = context.workspace;
  const known = new Map<string, SceneChips>();
  const refused: RefusedScene[] = [];
  for (const { item } of scenes) {
    const record = await readSceneChips(root, partition.digest, item.id);
    if (record === null) continue;
    known.set(item.id, record);
    const changes = identityChanges(record.source, item.properties['resflow:source']);
    if (changes.length > 0) refused.push(changed(item.id, changes));
  }
  const fresh = scenes.filter(({ item }) => !known.has(item.id));
  const tasks = new Map(fresh.map((scene) => [scene.item.id, codingTasks(partition, scene)]));
  await runChipTasks('Giving chips their codes', [...tasks.values()].flat(), context);
  const unchanged = [...known.values()].filter(({ scene }) => refused.every((one) => one.scene !== scene));
  const coded = unchanged.map((record): CodedScene => ({ record, added: false }));
  for (const scene of fresh) {
    const record = await publishScene(partition, scene, tasks.get(scene.item.id) ?? [], { root, clusterOf });
    coded.push({ record, added: true });
  }
  return { coded, refused };
}

function codingTasks(partition: Partition, { item, bands }: GalleryScene): ChipTask[] {
  const { digest, encoder, hash, chipPixels, gsdMetres, leastValid, unknown } = partition;
  const folder = partitionFolder('', digest);
  return planChipTasks(item, bands, {
    encoder: { folder, sha256: encoder.sha256, normalisation: encoder.normalisation },
    hash: { folder, ...hash },
    looks: unknown === undefined ? null : { sha256: unknown.sha256, dims: unknown.dims },
    parameters: { chipPixels, gsdMetres, leastValid },
  });
}

const changed = (scene: string, changes: readonly string[]): RefusedScene => ({
  scene,
  problems: [
    {
      code: 'SCENE_CHANGED',
      message: `Scene '${scene}' is in the gallery with another source (${changes[0]}): its image was replaced since.`,
      hint: 'What is in a gallery does not change. Add the new image as a scene of its own, or build the gallery again.',
    },
  ],
});

async function publishScene(
  partition: Partition,
  { item }: GalleryScene,
  tasks: readonly ChipTask[],
  { root, clusterOf }: { root: string; clusterOf: (scene: string, chip: number) => number | null },
): Promise<SceneChips> {
  const parts = (await readParts(root, tasks)).filter(({ chips }) => chips.length > 0);
  const bytes = partition.hash.bits / 8;
  const read = parts.map((part) => splitPart(part, bytes, partition.unknown !== undefined));
  const codes = joinCodes(
    read.map((part) => part.codes),
    bytes,
  );
  const novelty = read.flatMap((part) => part.novelty);
  const assigned = nearestBuckets(codes, centroidsOf(partition));
  const placed = parts.flatMap(({ chips }) => chips);
  const test = { farBits: partition.quality.farBits, unknown: partition.unknown };
  const chips = placed.map(({ x, y, valid }, i): GalleryChip => {
    const tested = { distance: assigned.distance[i] ?? 0, novelty: novelty[i] ?? null };
    return {
      id: chipId(item.id, { x, y }),
      x,
      y,
      validShare: valid,
      code: codeAt(codes, i),
      cluster: clusterOf(item.id, i),
      bucket: assigned.bucket[i] ?? 0,
      margin: assigned.margin[i] ?? 0,
      ...tested,
      unknown: partition.unknown === undefined ? null : isUnknown(test, tested),
    };
  });
  const grid = sceneGrid(item, partition.gsdMetres);
  const { chipPixels, gsdMetres } = partition;
  const all = Math.ceil(grid.width / chipPixels) * Math.ceil(grid.height / chipPixels);
  const record: SceneChips = {
    version: 1,
    partition: partition.digest,
    scene: item.id,
    place: item.properties['resflow:place'],
    acquired: item.properties.datetime,
    href: item.assets.image.href,
    source: item.properties['resflow:source'],
    chips: chips.length,
    chipsSkipped: all - chips.length,
    codeBytes: bytes,
    buckets: partition.buckets.map(({ bucket }) => chips.filter((chip) => chip.bucket === bucket).length),
    far: chips.filter((chip) => chip.distance > partition.quality.farBits).length,
    ...(partition.unknown === undefined
      ? {}
      : { unknown: chips.filter((chip) => chip.unknown === true).length }),
  };
  await writeSceneChips(sceneChipsFolder(root, partition.digest, item.id), {
    record,
    chips,
    chipPixels,
    gsdMetres,
    transform: grid.transform,
    toLonLat: lonLatTransform(parseCrs(item.properties['proj:wkt2'])),
  });
  return record;
}

/** The codes of a part, and how new its chips are where it says that. Throws CODE_LENGTH. */
function splitPart(
  { chips, width, data }: ChipPart,
  bytes: number,
  withNovelty: boolean,
): { codes: Codes; novelty: number[] } {
  if (!withNovelty) return { codes: { count: chips.length, bytes: width, data }, novelty: [] };
  const own = width - NOVELTY_BYTES;
  if (own !== bytes) throw wrongLength(own, bytes);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const codes = new Uint8Array(chips.length * bytes);
  const novelty = chips.map((_, row) => {
    codes.set(data.subarray(row * width, row * width + bytes), row * bytes);
    return view.getFloat32(row * width + bytes, true);
  });
  return { codes: { count: chips.length, bytes, data: codes }, novelty };
}

/** The buckets' centroid codes, in their order. */
export const centroidsOf = ({ buckets, hash }: Partition): Codes =>
  joinCodes(
    buckets.map(({ code }) => ({ count: 1, bytes: code.length / 2, data: codeOfText(code) })),
    hash.bits / 8,
  );
