import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { boxesMeet } from '../../geo/lon-lat-box.ts';
import { pictureBox, type PictureGrid } from '../../geo/tile-matrix.ts';
import { gdal } from '../../raster/gdal.ts';
import type { ServerContext } from '../server-context.ts';
import { ByteCache } from './byte-cache.ts';
import { DatasetPool } from './dataset-pool.ts';
import { chooseSource, drawPicture, type Piece } from './draw-picture.ts';
import { blankPicture, encodePicture, type AskedFormat } from './encode-picture.ts';
import { chooseLook, type Look, type LookQuery } from './look.ts';
import { RasterCatalogue } from './raster-catalogue.ts';
import { rasterPath, type RasterName, type ServedRaster } from './served-raster.ts';
import { SharedWork } from './shared-work.ts';

/** Bytes of pictures that are kept. */
const CACHE_BYTES = 128 * 2 ** 20;
/** Pictures that may wait; beyond it clients are told to come again. */
const MOST_WAITING = 1024;
/** A picture of more scenes than this would take too long; the largest are shown. */
const MOST_PIECES = 64;
/** Files that are open at a time. */
const MOST_OPEN = 128;

/** Decoded blocks that GDAL keeps: neighbours on a map share theirs. */
const BLOCK_CACHE_MIB = 256;

/** A picture that somebody asks for, before anything is drawn. */
export interface AskedPicture {
  readonly raster: ServedRaster;
  readonly look: Look;
  readonly grid: PictureGrid;
  readonly format: AskedFormat;
  /** Equal for equal bytes. */
  readonly etag: string;
}

/** Draws pictures of a workspace's rasters: finds, queues, draws, codes, remembers. One for a server. */
export class PictureService {
  readonly catalogue: RasterCatalogue;
  readonly #pool: DatasetPool;
  readonly #cache = new ByteCache<Buffer>(CACHE_BYTES);
  readonly #work: SharedWork;

  constructor(context: Pick<ServerContext, 'root' | 'env' | 'log' | 'signal'>) {
    // Read when the first block is: nothing of this process has read one.
    gdal.config.set('GDAL_CACHEMAX', String(BLOCK_CACHE_MIB));
    const cores = availableParallelism();
    this.#pool = new DatasetPool({ perFile: Math.max(2, cores), total: MOST_OPEN });
    this.#work = new SharedWork({ atOnce: 2 * cores, waiting: MOST_WAITING });
    this.catalogue = new RasterCatalogue(context, this.#pool);
    context.signal.addEventListener('abort', () => this.#pool.close(), { once: true });
  }

  /** Settles what is asked for. Throws what the catalogue throws, and 400 for a look that does not fit. */
  async ask(
    name: RasterName,
    wish: { grid: PictureGrid; look: LookQuery; format: AskedFormat },
  ): Promise<AskedPicture> {
    return this.askAbout(this.catalogue.known(name) ?? (await this.catalogue.find(name)), wish);
  }

  /** The same of a raster that is no file. Throws 400 for a look that does not fit. */
  askAbout(
    raster: ServedRaster,
    wish: { grid: PictureGrid; look: LookQuery; format: AskedFormat },
  ): AskedPicture {
    const look = chooseLook(raster.subject, wish.look);
    const { grid, format } = wish;
    return { raster, look, grid, format, etag: etagOf(raster, look, wish) };
  }

  /** The bytes of a picture, from memory or drawn now. Throws 503 where too much waits, and what reading throws. */
  async picture({ raster, look, grid, format, etag }: AskedPicture, signal: AbortSignal): Promise<Buffer> {
    const known = this.#cache.get(etag);
    if (known !== undefined) return known;
    const pieces = piecesOn(raster.pieces, grid);
    // Overviews take long to build: nobody else waits in line behind who waits for them.
    for (const piece of pieces) if (piece.coarse !== undefined) await chooseSource(piece, grid);
    return this.#work.run(etag, signal, async (gone) => {
      const canvas = await drawPicture(pieces, look, grid, gone);
      const bytes =
        canvas === null
          ? await blankPicture(grid.width, grid.height, format)
          : await encodePicture(canvas, format, !look.between);
      this.#cache.set(etag, bytes);
      return bytes;
    });
  }
}

/** Version of what is drawn from equal parameters: goes up with every change that moves a pixel. */
const DRAWING = 1;

const etagOf = (
  raster: ServedRaster,
  look: Look,
  { grid, format }: { grid: PictureGrid; format: AskedFormat },
): string => {
  const { crs, width, height, transform } = grid;
  const text = `${DRAWING} ${raster.version} ${rasterPath(raster.name)} ${look.key} ${crs} ${width} ${height} ${transform.join()} ${format}`;
  return `"${createHash('sha1').update(text).digest('base64url')}"`;
};

/** Those of many pieces that a picture may show. */
function piecesOn(pieces: readonly Piece[], grid: PictureGrid): readonly Piece[] {
  if (pieces.length === 1) return pieces;
  const box = pictureBox(grid);
  const near = box === null ? pieces : pieces.filter((piece) => boxesMeet(piece.box, box));
  if (near.length <= MOST_PIECES) return near;
  const large = new Set([...near].sort((a, b) => heightOf(b) - heightOf(a)).slice(0, MOST_PIECES));
  return near.filter((piece) => large.has(piece));
}

const heightOf = ({ box: [, south = 0, , north = 0] }: Piece): number => north - south;
