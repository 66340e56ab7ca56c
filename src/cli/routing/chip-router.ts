import { isFull, refuseNotFinite, validShare } from '../../embedding/embed-chips.ts';
import { looksOf, noveltyOf } from '../../embedding/looks.ts';
import type { WorkingGrid } from '../../geo/working-grid.ts';
import { nearestBuckets } from '../../hashing/buckets.ts';
import { hammingDistance } from '../../hashing/hamming.ts';
import { codeAt, codeOfText, joinCodes, type Codes } from '../../hashing/codes.ts';
import type { CellRoute, GalleryChipPlace, RegionRouter } from '../../inference/region-router.ts';
import {
  createNormaliser,
  normaliseInto,
  type BandStatistics,
  type Normaliser,
} from '../../model/normalise.ts';
import type { PixelBlock } from '../../raster/pixel-block.ts';
import type { SceneCodes } from '../../workspace/scene-codes.ts';
import type { Routing } from '../../workspace/routing-record.ts';
import { isUnknown } from '../../workspace/unknown-chip.ts';
import { hashCodes } from '../chip-worker.ts';
import type { RouterNetworks } from './router-networks.ts';
import { galleryPixels, type GalleryPixels } from './gallery-pixels.ts';

/** Chips embedded in one run: more take memory, and no less time. */
const BATCH = 8;

export interface ChipRouterInput {
  readonly scene: string;
  readonly routing: Routing;
  /** The map's grid of the scene, and the gallery's. */
  readonly grid: WorkingGrid;
  readonly galleryGrid: WorkingGrid;
  /** Where in the blocks that are read the encoder's bands are, from 0, and the scene's statistics of them. */
  readonly bands: readonly number[];
  readonly statistics: BandStatistics;
  /** What the image gallery has of the scene: no chip is embedded then. */
  readonly codes: SceneCodes | null;
  /** Opened where chips have to be embedded. */
  readonly networks: () => Promise<RouterNetworks>;
}

/**
 * Routes the chips of one scene by the codes that the image gallery has of them, or by the partition's own networks, as
 * `gallery add` gives them their codes: the same pixels, normalisation, and rules about missing data and what is unknown.
 * A chip is embedded once as long as the router lives.
 */
export class ChipRouter implements RegionRouter {
  readonly reachPixels: number;
  readonly #input: ChipRouterInput;
  readonly #pixels: GalleryPixels;
  readonly #centroids: Codes;
  readonly #centroidCodes: readonly Uint8Array[];
  readonly #known = new Map<string, CellRoute | null>();
  /** A batch; used again, since fresh pages cost as much as the pixels. */
  #images = new Float32Array(0);

  constructor(input: ChipRouterInput) {
    const { routing, grid, galleryGrid, codes } = input;
    this.#input = input;
    this.#pixels = galleryPixels(grid, galleryGrid);
    const bytes = routing.partition.hash.bits / 8;
    this.#centroidCodes = routing.buckets.map(({ code }) => codeOfText(code));
    this.#centroids = joinCodes(
      this.#centroidCodes.map((data) => ({ count: 1, bytes, data })),
      bytes,
    );
    const { chipPixels } = routing.partition;
    const aligned = this.#pixels.same && routing.cellPixels === chipPixels;
    const scale = Math.max(galleryGrid.scaleX / grid.scaleX, galleryGrid.scaleY / grid.scaleY);
    this.reachPixels = aligned || codes !== null ? 0 : Math.ceil(chipPixels * scale) + this.#pixels.taps;
  }

  chipAt({ x, y, width, height }: Parameters<RegionRouter['chipAt']>[0]): GalleryChipPlace {
    const { chipPixels } = this.#input.routing.partition;
    const { galleryGrid } = this.#input;
    const middle = this.#pixels.toGallery(x + width / 2, y + height / 2);
    const within = (at: number, length: number) =>
      Math.max(0, Math.min(Math.floor(at / chipPixels), Math.ceil(length / chipPixels) - 1));
    return { column: within(middle.x, galleryGrid.width), row: within(middle.y, galleryGrid.height) };
  }

  /** The route of a chip that was embedded, or that the image gallery has a code of; null where neither is. */
  recalled(chip: GalleryChipPlace): CellRoute | null {
    const coded = this.#known.has(nameOf(chip)) ? null : (this.#input.codes?.at(chip) ?? null);
    if (coded !== null) this.#assign([chip], coded.code, [coded.novelty]);
    return this.#known.get(nameOf(chip)) ?? null;
  }

  async route(block: PixelBlock, chips: readonly GalleryChipPlace[]): Promise<(CellRoute | null)[]> {
    const fresh = this.#input.codes === null ? chips.filter((chip) => !this.#known.has(nameOf(chip))) : [];
    if (fresh.length > 0) await this.#embed(block, fresh);
    return chips.map((chip) => this.recalled(chip));
  }

  async #embed(block: PixelBlock, places: readonly GalleryChipPlace[]): Promise<void> {
    const { routing, bands, statistics } = this.#input;
    const networks = await this.#input.networks();
    const { chipPixels, encoder } = routing.partition;
    const own = chosenBands(block, bands);
    const normaliser = createNormaliser(encoder.normalisation, statistics, bands.length, block.type);
    const image = bands.length * chipPixels * chipPixels;
    const most = networks.encoder.batch ?? BATCH;
    if (this.#images.length < most * image) this.#images = new Float32Array(most * image);
    let named: GalleryChipPlace[] = [];
    const flush = async (): Promise<void> => {
      if (named.length === 0) return;
      // An encoder of a fixed batch gets what is left from before to fill it.
      const count = networks.encoder.batch ?? named.length;
      const shape = [count, bands.length, chipPixels, chipPixels];
      const { data, dims } = await networks.encoder.run(this.#images.subarray(0, count * image), shape);
      await this.#hash(named, data.slice(0, named.length * dims), networks);
      named = [];
    };
    for (const place of places) {
      const at = named.length * image;
      if (!this.#fill(this.#images.subarray(at, at + image), own, { place, normaliser })) {
        this.#known.set(nameOf(place), null);
        continue;
      }
      named.push(place);
      if (named.length === most) await flush();
    }
    await flush();
  }

  /** Writes what the encoder gets; false where there is too little data. */
  #fill(
    image: Float32Array,
    block: PixelBlock,
    { place, normaliser }: { place: GalleryChipPlace; normaliser: Normaliser },
  ): boolean {
    const { chipPixels: side, leastValid } = this.#input.routing.partition;
    const window = { x: place.column * side, y: place.row * side, width: side, height: side };
    const pixels = this.#pixels.cut(block, window);
    if (!isFull(validShare(pixels, window), leastValid)) return false;
    normaliseInto(image, pixels, normaliser, window);
    return true;
  }

  async #hash(
    places: readonly GalleryChipPlace[],
    embeddings: Float32Array,
    networks: RouterNetworks,
  ): Promise<void> {
    const { routing, scene } = this.#input;
    const { chipPixels, hash } = routing.partition;
    const corners = places.map(({ column, row }) => ({ x: column * chipPixels, y: row * chipPixels }));
    refuseNotFinite(embeddings, scene, corners);
    const count = places.length;
    const data = await hashCodes(networks.hash, embeddings, { count, bits: hash.bits });
    const { looks } = networks;
    const own = { count, dims: embeddings.length / count, data: embeddings };
    const novelties = looks === null ? null : noveltyOf(looksOf(own, looks.dims), looks);
    this.#assign(
      places,
      data,
      places.map((_, i) => novelties?.[i] ?? null),
    );
  }

  /** `data`: the chips' codes, one after the other. */
  #assign(
    places: readonly GalleryChipPlace[],
    data: Uint8Array,
    novelties: readonly (number | null)[],
  ): void {
    const { partition } = this.#input.routing;
    const codes = { count: places.length, bytes: partition.hash.bits / 8, data };
    const found = nearestBuckets(codes, this.#centroids);
    places.forEach((place, i) => {
      const distance = found.distance[i] ?? 0;
      const novelty = novelties[i] ?? null;
      const code = codeAt(codes, i);
      this.#known.set(nameOf(place), {
        bucket: found.bucket[i] ?? 0,
        distance,
        margin: found.margin[i] ?? 0,
        second: found.second[i] ?? 0,
        bits: this.#centroidCodes.map((centroid) => hammingDistance(code, centroid)),
        novelty,
        unknown: isUnknown(partition, { distance, novelty }),
        code,
      });
    });
  }
}

const nameOf = ({ column, row }: GalleryChipPlace): string => `${column},${row}`;

/** The same pixels with some of the bands, in that order; the block itself where these are its first ones. */
function chosenBands(block: PixelBlock, bands: readonly number[]): PixelBlock {
  const plane = block.window.width * block.window.height;
  if (bands.every((band, i) => band === i))
    return { ...block, bands: bands.length, data: block.data.subarray(0, bands.length * plane) };
  const chosen = { ...block, bands: bands.length, data: block.data.slice(0, bands.length * plane) };
  bands.forEach((band, i) =>
    chosen.data.set(block.data.subarray(band * plane, (band + 1) * plane), i * plane),
  );
  return chosen;
}
