/** Sides of one image of a batch. */
export interface ImageShape {
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

/** Runs of a size before it is judged. The best counts: the first tunes the device, others wait for their turn on it. */
const RUNS = 3;
/** Twice the images must give so many times the images a second, or they are not worth their memory. */
const PAYS = 1.05;

interface Size {
  images: number;
  /** Above this there was too little memory, or nothing to gain. */
  most: number;
  runs: number;
  /** Images a second: the best of this size's runs, and of those of half the size. */
  best: number;
  bestOfHalf: number;
}

/**
 * How many images one run of a model on a device takes, for each shape of image: one at first, then twice as many for as
 * long as that gives more images a second. Sizes are powers of two, since a device tunes itself for every new one. Knows
 * nothing of memory but where there was too little: whoever runs the model sees to that (see `DeviceSession`). Pure.
 */
export class BatchSizes {
  readonly #sizes = new Map<string, Size>();

  /** Images for the next run, of `most` that are there. */
  next(shape: ImageShape, most: number): number {
    return 2 ** Math.floor(Math.log2(Math.min(this.#of(shape).images, most)));
  }

  /** A run of so many images took so long. */
  ran(shape: ImageShape, images: number, seconds: number): void {
    const size = this.#of(shape);
    if (images !== size.images || images >= size.most) return;
    size.runs += 1;
    size.best = Math.max(size.best, images / seconds);
    if (size.runs < RUNS) return;
    if (size.best < PAYS * size.bestOfHalf) this.#limit(size, images / 2);
    else this.#sizes.set(nameOf(shape), sizeOf(2 * images, size.most, size.best));
  }

  /** There was too little memory for so many images: half of them are the most from now on. One is no matter of sizes. */
  failed(shape: ImageShape, images: number): void {
    if (images > 1) this.#limit(this.#of(shape), images / 2);
  }

  #limit(size: Size, most: number): void {
    size.most = Math.min(size.most, most);
    size.images = Math.min(size.images, size.most);
  }

  #of(shape: ImageShape): Size {
    const name = nameOf(shape);
    const size = this.#sizes.get(name) ?? sizeOf(1, Number.POSITIVE_INFINITY, 0);
    this.#sizes.set(name, size);
    return size;
  }
}

const nameOf = ({ c, h, w }: ImageShape): string => `${c}x${h}x${w}`;

const sizeOf = (images: number, most: number, bestOfHalf: number): Size => ({
  images,
  most,
  runs: 0,
  best: 0,
  bestOfHalf,
});
