import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { workspaceError } from '../../core/errors.ts';
import { CodeScanner } from '../../hashing/code-scanner.ts';
import { hammingDistance } from '../../hashing/hamming.ts';
import { nearestBuckets } from '../../hashing/buckets.ts';
import { NearestCodes } from '../../hashing/nearest-codes.ts';
import { chipsAt, type FoundChip } from '../../gallery/find-chips.ts';
import { sceneChipsFolder } from '../../workspace/layout.ts';
import type { Partition, SceneChips } from '../../workspace/partition-record.ts';
import { centroidsOf } from './code-scenes.ts';

/** A chip that was found, and in how many bits it differs from what was searched for. */
export interface Hit extends FoundChip {
  readonly bits: number;
}

export interface SearchFilter {
  readonly limit: number;
  readonly bucket: number | null;
  readonly maxDistance: number;
}

/** Codes held at once: 8 MB of 64 bits. Galleries of any size stream through. */
const CAPACITY = 1 << 20;

/** The nearest chips of some scenes, exact: nearest first, equally near ones by scene and position. */
export async function searchScenes(
  root: string,
  partition: Partition,
  scenes: readonly SceneChips[],
  { code, filter }: { code: Uint8Array; filter: SearchFilter },
): Promise<Hit[]> {
  const bytes = partition.hash.bits / 8;
  const scanner = new CodeScanner(
    bytes,
    Math.min(CAPACITY, Math.max(1, ...scenes.map(({ chips }) => chips))),
  );
  const centroids = centroidsOf(partition);
  let start = 0;
  const inBucket = (number: number): boolean => {
    const at = (number - start) * bytes;
    const own = { count: 1, bytes, data: scanner.codes.subarray(at, at + bytes) };
    return nearestBuckets(own, centroids).bucket[0] === filter.bucket;
  };
  const accept = filter.bucket === null ? () => true : inBucket;
  const nearest = new NearestCodes(filter.limit, Math.min(filter.maxDistance, partition.hash.bits), accept);
  const firsts: number[] = [];
  let total = 0;
  for (const scene of scenes) {
    firsts.push(total);
    await eachChunk(
      join(sceneChipsFolder(root, partition.digest, scene.scene), 'codes.bin'),
      scene,
      scanner,
      (n) => {
        start = total;
        scanner.scan(code, n, nearest, total);
        total += n;
      },
    );
  }
  return describe(root, partition, { scenes, firsts, found: nearest.result(), code });
}

async function eachChunk(
  path: string,
  scene: SceneChips,
  scanner: CodeScanner,
  take: (count: number) => void,
): Promise<void> {
  if (scene.chips === 0) return;
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size !== scene.chips * scanner.bytes) throw damaged(path, size, scene.chips * scanner.bytes);
    for (let from = 0; from < scene.chips; from += scanner.capacity) {
      const count = Math.min(scanner.capacity, scene.chips - from);
      await fill(file, scanner.codes.subarray(0, count * scanner.bytes), from * scanner.bytes);
      take(count);
    }
  } finally {
    await file.close();
  }
}

async function fill(file: FileHandle, target: Uint8Array, position: number): Promise<void> {
  for (let at = 0; at < target.length;) {
    const { bytesRead } = await file.read(target, at, target.length - at, position + at);
    if (bytesRead === 0) throw new Error('a file of codes became shorter while it was read');
    at += bytesRead;
  }
}

const damaged = (file: string, actual: number, limit: number) =>
  workspaceError(
    'GALLERY_DAMAGED',
    `${file} has ${actual} bytes of codes, its scene's record says ${limit}.`,
    {
      hint: 'Remove the folder it lies in and run `resflow gallery add` for that scene; other scenes are not touched.',
      context: { file, actual, limit },
    },
  );

async function describe(
  root: string,
  partition: Partition,
  result: {
    scenes: readonly SceneChips[];
    firsts: readonly number[];
    found: readonly { number: number; distance: number }[];
    code: Uint8Array;
  },
): Promise<Hit[]> {
  const chips = new Map<number, FoundChip>();
  for (const [i, { scene, chips: count }] of result.scenes.entries()) {
    const first = result.firsts[i] ?? 0;
    const own = result.found.map(({ number }) => number).filter((n) => n >= first && n < first + count);
    if (own.length === 0) continue;
    const folder = sceneChipsFolder(root, partition.digest, scene);
    const read = await chipsAt(
      folder,
      own.map((number) => number - first),
    );
    read.forEach((chip, k) => chips.set(own[k] ?? -1, chip));
  }
  return result.found.flatMap(({ number }) => {
    const chip = chips.get(number);
    return chip === undefined ? [] : [{ ...chip, bits: hammingDistance(chip.code, result.code) }];
  });
}
