import { AppendFile } from '../core/append-file.ts';
import { GrowableFloat64 } from './growable.ts';
import type { TileProperties } from './mvt-tile.ts';
import type { WorldPolygons } from './tile-shape.ts';

/** Below this many bytes the whole spill is kept in memory while it is read. */
const IN_MEMORY_BYTES = 128 * 1024 * 1024;

/** What is known of a feature without reading it: box and area on the Web Mercator square. */
export interface FeatureFacts {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
  readonly area: number;
}

const FACTS = 7;

/** Features on the disk, of which boxes, areas and places stay in memory: 56 bytes each. */
export class FeatureSpill {
  readonly #file: AppendFile;
  readonly #facts = new GrowableFloat64(7 * 256);
  #whole: Uint8Array | null = null;

  private constructor(file: AppendFile) {
    this.#file = file;
  }

  /** A temporary file beside `path`. */
  static async create(path: string): Promise<FeatureSpill> {
    return new FeatureSpill(await AppendFile.create(path));
  }

  get count(): number {
    return this.#facts.length / FACTS;
  }

  factsOf(feature: number): FeatureFacts {
    const at = feature * FACTS;
    const [minX, minY, maxX, maxY, area] = this.#facts.data.subarray(at, at + 5) as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    return { minX, minY, maxX, maxY, area };
  }

  async add(polygons: WorldPolygons, properties: TileProperties, facts: FeatureFacts): Promise<void> {
    const bytes = encode(polygons, properties);
    const offset = await this.#file.append(bytes);
    for (const value of [facts.minX, facts.minY, facts.maxX, facts.maxY, facts.area, offset, bytes.length])
      this.#facts.push(value);
  }

  async read(feature: number): Promise<{ polygons: WorldPolygons; properties: TileProperties }> {
    const offset = this.#facts.data[feature * FACTS + 5] as number;
    const length = this.#facts.data[feature * FACTS + 6] as number;
    if (this.#whole === null && this.#file.length <= IN_MEMORY_BYTES)
      this.#whole = await this.#file.read(0, this.#file.length);
    return decode(this.#whole?.subarray(offset, offset + length) ?? (await this.#file.read(offset, length)));
  }

  discard(): Promise<void> {
    return this.#file.discard();
  }
}

function encode(polygons: WorldPolygons, properties: TileProperties): Uint8Array {
  const text = new TextEncoder().encode(
    JSON.stringify({ rings: polygons.map((rings) => rings.map(({ length }) => length)), properties }),
  );
  const numbers = polygons.reduce((sum, rings) => rings.reduce((own, { length }) => own + length, sum), 0);
  const bytes = new Uint8Array(4 + text.length + 8 * numbers);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 4);
  let at = 4 + text.length;
  for (const ring of polygons.flat()) {
    bytes.set(new Uint8Array(ring.buffer, ring.byteOffset, ring.byteLength), at);
    at += ring.byteLength;
  }
  return bytes;
}

function decode(bytes: Uint8Array): { polygons: WorldPolygons; properties: TileProperties } {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { rings, properties } = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length))) as {
    rings: number[][];
    properties: TileProperties;
  };
  let at = 4 + length;
  const polygons = rings.map((lengths) =>
    lengths.map((numbers) => {
      const ring = new Float64Array(bytes.slice(at, at + 8 * numbers).buffer);
      at += 8 * numbers;
      return ring;
    }),
  );
  return { polygons, properties };
}
