import { resourceError, ResflowError } from '../../core/errors.ts';
import type { BatchSizes, ImageShape } from '../../gpu/batch-sizes.ts';
import type { AnyDevice, Batch } from '../../gpu/device.ts';
import { rememberMiB } from '../../gpu/model-memory.ts';
import type { Ticket, TicketDesk, Wish } from '../../gpu/ticket-desk.ts';
import type { ModelSession, NetworkSession } from '../../model/onnx-session.ts';
import { joined } from './one-by-one.ts';

export interface DeviceSessionInput {
  readonly desk: TicketDesk;
  readonly folder: string;
  /** A ticket for what the model is thought to need; the session gives it back when it is closed. */
  readonly ticket: Ticket;
  readonly wish: Omit<Wish, 'memoryMiB'>;
  readonly devices: readonly AnyDevice[];
  /** Of its weights. */
  readonly sha256: string;
  /** What is known of this model's batches on a device, whenever it was open before. */
  batchSizes(device: AnyDevice): BatchSizes;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Opens the model on a device. */
  open(device: AnyDevice): Promise<ModelSession>;
  /** Closes the other models of this process: whoever waits for a ticket must hold none. */
  closeOthers(): Promise<void>;
}

type Shape = Parameters<NetworkSession['run']>[1];

/** More than was measured, for what is not there yet when it is measured. */
const CUDA_HEADROOM = 1.1;
/** After a run for which there was not enough memory: how much larger the next ticket is. */
const GROWTH = 1.5;
/** Where there was no room for a larger batch: when to look again. */
const REFUSED_MS = 1000;

/**
 * A model on a device, under a ticket. Each run first makes sure that the ticket is still there and large enough: a model
 * that turns out larger gets a larger one, on its device where there is room, else wherever it finds some. Batches of
 * several images are there for speed: the ticket grows for them while nobody waits for that memory, is small again when
 * the model is opened anew, and that is what is remembered. Too little memory on the device itself halves the batch; a
 * single image that does not fit gives the task back (DEVICE_MEMORY), and the next session asks for more.
 */
export class DeviceSession {
  readonly #input: DeviceSessionInput;
  #ticket: Ticket;
  #model: ModelSession;
  /** Megapixels of the largest run, and what is remembered of the model. */
  #largest = 0;
  #remembered: number | null = null;
  /** The ticket holds more than single images need. */
  #grown = false;
  /** The smallest batch for which there was no room lately. */
  #refused = { megapixels: 0, until: 0 };
  /** Set where this session can do no more, and the model has to be opened anew. */
  #spent = false;

  private constructor(input: DeviceSessionInput, model: ModelSession) {
    this.#input = input;
    this.#ticket = input.ticket;
    this.#model = model;
  }

  static async open(input: DeviceSessionInput): Promise<DeviceSession> {
    try {
      return new DeviceSession(input, await input.open(deviceOf(input.devices, input.ticket)));
    } catch (error) {
      input.desk.release(input.ticket);
      throw error;
    }
  }

  get spent(): boolean {
    return this.#spent;
  }

  /** Whether other processes wait for memory of its device, and should have it now: at once where large batches hold it. */
  isWanted(shift: Parameters<TicketDesk['isWanted']>[1]): boolean {
    return this.#input.desk.isWanted(this.#ticket, this.#grown ? null : shift);
  }

  /** The model as whoever maps sees it. */
  session(): ModelSession {
    const model = this.#model;
    const close = () => this.close();
    if (model.variant === 'noop') {
      return {
        ...model,
        compute: async (batch) => {
          await this.#halving(batch, (part) => this.#run(part, () => Promise.resolve(null)));
        },
        close,
      };
    }
    return {
      ...model,
      run: (pixels, shape) => this.#runNetwork(pixels, shape),
      ...(model.batch === null
        ? { imagesAtOnce: (image: ImageShape, most: number) => this.#imagesAtOnce(image, most) }
        : {}),
      close,
    };
  }

  async close(): Promise<void> {
    this.#spent = true;
    try {
      await this.#model.close();
    } finally {
      this.#input.desk.release(this.#ticket);
    }
  }

  async #runNetwork(pixels: Float32Array, shape: Shape): Promise<Float32Array> {
    const { n, ...image } = shape;
    const length = image.c * image.h * image.w;
    let at = 0;
    const parts = await this.#halving({ images: n, megapixels: n * megapixelsOf(image) }, async (part) => {
      const own = pixels.subarray(at * length, (at + part.images) * length);
      const logits = await this.#runPart(own, image, part);
      at += part.images;
      return logits;
    });
    return joined(parts);
  }

  async #runPart(pixels: Float32Array, image: ImageShape, part: Batch): Promise<Float32Array> {
    const sizes = this.#input.batchSizes(this.#device());
    try {
      return await this.#run(
        part,
        async (model) => {
          if (model.variant === 'noop') throw new Error('a network that is none');
          return model.run(pixels, { n: part.images, ...image });
        },
        (seconds) => sizes.ran(image, part.images, seconds),
      );
    } catch (error) {
      if (isMemory(error)) sizes.failed(image, part.images);
      throw error;
    }
  }

  /** As many images as are known to pay, and have room on the device without taking it from others. */
  async #imagesAtOnce(image: ImageShape, most: number): Promise<number> {
    let images = this.#input.batchSizes(this.#device()).next(image, most);
    while (images > 1 && !(await this.#hasRoom(images * megapixelsOf(image)))) images /= 2;
    return images;
  }

  /** Whether a batch fits the ticket, or one that is larger: twice the pixels are taken to need twice the memory. */
  async #hasRoom(megapixels: number): Promise<boolean> {
    if (megapixels <= this.#largest) return true;
    const refused = megapixels >= this.#refused.megapixels && this.#input.now() < this.#refused.until;
    if (this.#largest === 0 || refused) return false;
    const { desk } = this.#input;
    const device = this.#device();
    const need = Math.ceil((this.#ticket.memoryMiB * megapixels) / this.#largest);
    const isFree =
      !desk.isWanted(this.#ticket, null) &&
      need - this.#ticket.memoryMiB <= device.memoryMiB - (await device.usedMiB());
    const grown = isFree ? desk.resize(this.#ticket, need) : null;
    if (grown === null) this.#refused = { megapixels, until: this.#input.now() + REFUSED_MS };
    else [this.#ticket, this.#grown] = [grown, true];
    return grown !== null;
  }

  /** Runs a batch whole, or in halves of halves where there is too little memory on the device. */
  async #halving<T>(batch: Batch, run: (part: Batch) => Promise<T>): Promise<T[]> {
    try {
      return [await run(batch)];
    } catch (error) {
      if (!isMemory(error)) throw error;
      const fixed = this.#model.variant !== 'noop' && this.#model.batch !== null;
      if (batch.images === 1 || fixed) throw await this.#outOfMemory(error, batch);
      const half = Math.ceil(batch.images / 2);
      const share = (images: number): Batch => ({
        images,
        megapixels: (batch.megapixels * images) / batch.images,
      });
      const first = await this.#halving(share(half), run);
      return [...first, ...(await this.#halving(share(batch.images - half), run))];
    }
  }

  async #run<T>(
    batch: Batch,
    work: (model: ModelSession) => Promise<T>,
    tell?: (seconds: number) => void,
  ): Promise<T> {
    await this.#makeRoom(batch);
    this.#check();
    const device = this.#device();
    const start = this.#input.now();
    // A network on the CPU stands in for one on a simulated device: its pixels are real, the time is the device's.
    const computed = device.kind === 'simulated' ? device.compute(batch) : null;
    const result = await work(this.#model);
    await computed;
    tell?.((this.#input.now() - start) / 1000);
    await this.#measure(device, batch);
    return result;
  }

  /** Before a run: a ticket that is large enough, as far as that is known. */
  async #makeRoom(batch: Batch): Promise<void> {
    const device = this.#device();
    if (device.kind !== 'simulated') return;
    const need = device.needMiB(batch);
    if (need > this.#largestDeviceMiB()) {
      throw resourceError(
        'MODEL_MEMORY',
        `${this.#input.wish.purpose.model} needs ${need} MiB for ${batch.images} images of ${batch.megapixels.toFixed(2)} megapixels; ${device.name} has ${device.memoryMiB}.`,
      );
    }
    if (need > this.#ticket.memoryMiB) await this.#grow(need);
  }

  /** After the largest run so far: the ticket becomes as large as what it took; what an image alone took is remembered. */
  async #measure(device: AnyDevice, batch: Batch): Promise<void> {
    if (batch.megapixels <= this.#largest) return;
    this.#largest = batch.megapixels;
    const own = device.kind === 'simulated' ? device.needMiB(batch) : await device.ownMiB();
    if (own === null) return;
    const measured = Math.ceil(device.kind === 'simulated' ? own : own * CUDA_HEADROOM);
    const need = Math.min(measured, this.#largestDeviceMiB());
    if (this.#model.variant === 'noop' || batch.images === 1) await this.#remember(device, need);
    if (need < this.#ticket.memoryMiB)
      this.#ticket = this.#input.desk.resize(this.#ticket, need) ?? this.#ticket;
    if (need > this.#ticket.memoryMiB) await this.#grow(need);
  }

  async #grow(memoryMiB: number): Promise<void> {
    const { desk, wish } = this.#input;
    const before = this.#device();
    const grown = desk.resize(this.#ticket, memoryMiB);
    if (grown !== null) {
      this.#ticket = grown;
      return;
    }
    try {
      await this.#input.closeOthers();
      if (before.kind === 'cuda') await this.#model.close();
      this.#ticket = await desk.exchange(this.#ticket, { ...wish, memoryMiB, lookAgain: undefined });
      if (before.kind === 'cuda') this.#model = await this.#input.open(this.#device());
    } catch (error) {
      this.#spent = true;
      throw error;
    }
  }

  #check(): void {
    try {
      this.#input.desk.check(this.#ticket);
    } catch (error) {
      this.#spent = true;
      throw error;
    }
  }

  async #outOfMemory(cause: unknown, batch: Batch): Promise<ResflowError> {
    this.#spent = true;
    const { memoryMiB, device } = this.#ticket;
    const alone = this.#grown ? (this.#remembered ?? memoryMiB) : memoryMiB;
    const next = Math.min(Math.ceil(alone * GROWTH), this.#largestDeviceMiB());
    await this.#remember(device, next);
    const why = cause instanceof Error ? cause.message : String(cause);
    return resourceError(
      'DEVICE_MEMORY',
      `${device.name} has too little memory for one image of ${batch.megapixels.toFixed(2)} megapixels, with a ticket for ${memoryMiB} MiB: ${why}`,
      {
        hint: 'The region is tried again with a larger ticket. If that does not help, use smaller chips (--core), or map on the CPU: RESFLOW_GPUS="".',
        context: { device: device.key, limit: memoryMiB },
        cause,
      },
    );
  }

  async #remember({ kind }: { kind: AnyDevice['kind'] }, memoryMiB: number): Promise<void> {
    const { folder, sha256 } = this.#input;
    if (this.#remembered === memoryMiB) return;
    this.#remembered = memoryMiB;
    await rememberMiB(folder, { sha256, kind }, memoryMiB);
  }

  #largestDeviceMiB(): number {
    return Math.max(...this.#input.devices.map(({ memoryMiB }) => memoryMiB));
  }

  #device(): AnyDevice {
    return deviceOf(this.#input.devices, this.#ticket);
  }
}

function deviceOf(devices: readonly AnyDevice[], ticket: Ticket): AnyDevice {
  const found = devices.find(({ key }) => key === ticket.device.key);
  if (found === undefined) throw new Error(`a ticket for '${ticket.device.key}', which is not here`);
  return found;
}

const isMemory = (error: unknown): boolean => error instanceof ResflowError && error.code === 'MODEL_MEMORY';

const megapixelsOf = ({ h, w }: ImageShape): number => (h * w) / 1e6;
