import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { inputError, ResflowError } from '../../core/errors.ts';
import { embedChips } from '../../embedding/embed-chips.ts';
import { encoderSchema } from '../../embedding/encoder-record.ts';
import { chipNamed, chipsAround } from '../../gallery/find-chips.ts';
import type { WorkingGrid } from '../../geo/working-grid.ts';
import { inspectScene } from '../../ingest/inspect-scene.ts';
import { openGalleryEncoder, openHashNetwork } from '../../model/gallery-networks.ts';
import type { SceneReader } from '../../raster/pixel-block.ts';
import { pretendPosition } from '../../raster/pretend-position.ts';
import { openSceneReader } from '../../raster/scene-reader.ts';
import { chipsFolder, partitionFolder } from '../../workspace/layout.ts';
import type { Partition } from '../../workspace/partition-record.ts';
import { checkSceneContract } from '../../workspace/scene-contract.ts';
import { sceneGrid, sceneSource } from '../../workspace/scene-grid.ts';
import { statisticsOf } from '../../workspace/scene-identity.ts';
import { readRecord } from '../../workspace/workspace.ts';
import { hashCodes } from '../chip-worker.ts';
import type { CommandContext } from '../command.ts';

/** What is searched for. */
export interface Query {
  readonly kind: 'chip' | 'place' | 'file';
  /** The chip's name, or the file. */
  readonly name: string;
  readonly code: Uint8Array;
}

/** A chip's name, LON,LAT, or an image file, as a code. Throws NO_CHIP, NO_CHIP_THERE, and the errors of reading a file. */
export async function readQuery(
  text: string,
  partition: Partition,
  scenes: readonly string[],
  context: CommandContext,
): Promise<Query> {
  const folders = scenes.map((scene) =>
    join(chipsFolder(context.workspace, partition.digest), `scene=${scene}`),
  );
  const point = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  if (point !== null) {
    const [chip] = await chipsAround(folders, [Number(point[1]), Number(point[2])]);
    if (chip === undefined) throw new Error('no chip around a point');
    return { kind: 'place', name: chip.id, code: chip.code };
  }
  const path = resolve(text);
  const isFile = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (isFile) return { kind: 'file', name: path, code: await codeOfFile(path, partition, context) };
  const chip = await chipNamed(folders, text);
  return { kind: 'chip', name: chip.id, code: chip.code };
}

const UNPLACED = new Set(['NO_CRS', 'NO_GEOTRANSFORM']);

/**
 * The code of the chip in the middle of an image, read at the gallery's GSD and normalised by the image's own statistics.
 * An image without a position is taken to have pixels of the gallery's size.
 */
async function codeOfFile(path: string, partition: Partition, context: CommandContext): Promise<Uint8Array> {
  try {
    return await codeOfMiddle(path, path, partition, context);
  } catch (error) {
    if (!(error instanceof ResflowError) || !UNPLACED.has(error.code)) throw error;
    const placed = await pretendPosition(path, partition.gsdMetres);
    try {
      return await codeOfMiddle(placed.href, path, partition, context);
    } finally {
      placed.remove();
    }
  }
}

async function codeOfMiddle(
  href: string,
  path: string,
  partition: Partition,
  context: CommandContext,
): Promise<Uint8Array> {
  const { bands: names, gsdMetres, chipPixels, leastValid, digest, encoder, hash } = partition;
  const said = {
    place: '-',
    split: null,
    crs: null,
    noData: { kind: 'auto' as const },
    date: null,
    bands: null,
  };
  const item = await inspectScene(href, 'query', said, context.now());
  const { problems, bands } = checkSceneContract(item, {
    bands: names,
    gsdRange: { min: gsdMetres / 32, max: gsdMetres * 4 },
  });
  const [problem] = problems;
  if (problem !== undefined) {
    throw inputError(problem.code, problem.message.replace("Scene 'query'", path), { hint: problem.hint });
  }
  const indices = bands.map(({ index }) => index);
  const grid = sceneGrid(item, gsdMetres);
  const folder = join(context.workspace, partitionFolder('', digest));
  const record = await readRecord(join(folder, 'encoder.json'), encoderSchema);
  const reader = await openSceneReader(sceneSource(item, indices), grid);
  const network = await openGalleryEncoder(folder, encoder.sha256);
  try {
    const window = { x: 0, y: 0, width: chipPixels, height: chipPixels };
    const { embeddings, chips } = await embedChips(
      {
        task: { scene: path, window, bands: indices, parameters: { chipPixels, gsdMetres, leastValid } },
        grid,
        normalisation: record.normalisation,
        statistics: statisticsOf(item, indices),
      },
      { reader: middleOf(reader, grid, chipPixels), encoder: network, progress: () => undefined },
    );
    if (chips.length === 0) throw emptyMiddle(path, partition);
    const hasher = await openHashNetwork(folder, hash.sha256);
    try {
      return await hashCodes(hasher, embeddings, { count: 1, bits: hash.bits });
    } finally {
      await hasher.close();
    }
  } finally {
    reader.close();
    await network.close();
  }
}

/** The same pixels with the middle chip's corner as origin. */
function middleOf(reader: SceneReader, grid: WorkingGrid, chipPixels: number): SceneReader {
  const dx = Math.floor((grid.width - chipPixels) / 2);
  const dy = Math.floor((grid.height - chipPixels) / 2);
  return {
    type: reader.type,
    async read(window) {
      const block = await reader.read({ ...window, x: window.x + dx, y: window.y + dy });
      return { ...block, window };
    },
    close: () => reader.close(),
  };
}

const emptyMiddle = (path: string, { chipPixels, gsdMetres, leastValid }: Partition) =>
  inputError(
    'TOO_LITTLE_DATA',
    `The middle ${chipPixels} x ${chipPixels} pixels of ${path} at ${gsdMetres} m hold less than ${100 * leastValid} % of data.`,
    {
      hint: 'Cut out the part that is to be looked for (`gdal_translate -srcwin`).',
      context: { file: path },
    },
  );
