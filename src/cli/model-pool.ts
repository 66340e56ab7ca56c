import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { MapTask } from '../engine/protocol.ts';
import { BatchSizes } from '../gpu/batch-sizes.ts';
import type { AnyDevice } from '../gpu/device.ts';
import { guessMiB, rememberedMiB } from '../gpu/model-memory.ts';
import type { ModelCard } from '../model/card.ts';
import { NetworkThread } from '../model/network-thread.ts';
import { openModelSession, type ModelSession } from '../model/onnx-session.ts';
import { readCard } from '../model/read-card.ts';
import { DeviceSession } from './gpu/device-session.ts';
import { oneByOne } from './gpu/one-by-one.ts';
import { workerDevices, type WorkerDevices } from './gpu/worker-devices.ts';

type Wanted = MapTask['model'];

/** An open model: on the CPU a session, on a device that and its ticket. */
interface Open {
  readonly session: ModelSession;
  readonly onDevice: DeviceSession | null;
}

/** Who waits for a ticket and cannot say that it still lives gives up before it is taken for hung. */
const SILENT_PATIENCE_MS = 240_000;
/** A ticket is kept for so long, from task to task, though others wait for it; holders of a device go one by one. */
const BETWEEN_TASKS = { quantumMs: 30_000, settleMs: 5_000 };
/** How often a worker without a task looks whether others wait. */
const IDLE_LOOK_MS = 500;

/**
 * The models that a worker has open: those last used, up to a limit that is given with each use. Where there are devices,
 * opening a model first takes a ticket; a worker waits for one only while it holds none, so that workers cannot wait for
 * each other, and gives way to those who wait: between two tasks after a while, and at once when it has no task.
 */
export class ModelPool {
  readonly #root: string;
  readonly #devices: Promise<WorkerDevices | null>;
  readonly #thread = new NetworkThread();
  /** The one used last comes last. */
  readonly #open = new Map<string, Open>();
  /** What was learnt of a model on a device; it outlives their tickets. */
  readonly #batchSizes = new Map<string, BatchSizes>();
  #idle: NodeJS.Timeout | null = null;

  constructor(root: string, env: Readonly<Record<string, string | undefined>> = process.env) {
    this.#root = root;
    this.#devices = workerDevices(env);
    // Told by whoever asks for a model.
    this.#devices.catch(() => undefined);
  }

  /**
   * A model's session, opened if it is not; the ones not used for longest are closed, so that no more than `most` are
   * open. `onWait` is called from time to time while it waits for a ticket.
   */
  async use(model: Wanted, most: number, onWait?: () => void): Promise<ModelSession> {
    const key = keyOf(model);
    const known = this.#open.get(key);
    this.#open.delete(key);
    const spent = known?.onDevice?.spent === true;
    if (spent) await known.session.close();
    await this.#closeAllBut(most - 1);
    const open = known === undefined || spent ? await this.#openModel(model, onWait) : known;
    this.#open.set(key, open);
    return open.session;
  }

  /** A model's card, without opening the model; null for the no-op classifier. */
  async cardOf({ folder, variant }: Wanted): Promise<ModelCard | null> {
    return variant === 'noop' ? null : readCard(join(this.#root, folder));
  }

  /** A task begins: models stay. */
  busy(): void {
    if (this.#idle !== null) clearInterval(this.#idle);
    this.#idle = null;
  }

  /** A task ended: models stay until others want their tickets. */
  async rest(): Promise<void> {
    this.busy();
    if (this.#onDevices().some((session) => session.isWanted(BETWEEN_TASKS))) await this.#closeAllBut(0);
    if (this.#onDevices().length === 0) return;
    this.#idle = setInterval(() => {
      if (!this.#onDevices().some((session) => session.isWanted(null))) return;
      this.busy();
      this.#closeAllBut(0).catch(() => undefined);
    }, IDLE_LOOK_MS);
    this.#idle.unref();
  }

  #onDevices(): DeviceSession[] {
    return [...this.#open.values()].flatMap(({ onDevice }) => onDevice ?? []);
  }

  async #openModel(model: Wanted, onWait?: () => void): Promise<Open> {
    const devices = await this.#devices;
    const onDevice = devices === null ? null : await this.#openOnDevice(model, devices, onWait);
    const session = onDevice?.session() ?? (await this.#openSession(model));
    return { session, onDevice };
  }

  async #openOnDevice(model: Wanted, here: WorkerDevices, onWait?: () => void): Promise<DeviceSession> {
    const { desk, folder, devices } = here;
    const wish = {
      devices,
      purpose: { model: model.variant === 'noop' ? 'noop' : model.folder, workspace: this.#root },
      lookAgain: () => this.#needMiB(model, here),
      patienceMs: onWait === undefined ? Math.min(here.patienceMs, SILENT_PATIENCE_MS) : here.patienceMs,
      ...(onWait === undefined ? {} : { onWait }),
    };
    const memoryMiB = await this.#needMiB(model, here);
    const holding = this.#onDevices().length > 0;
    let ticket = holding ? await desk.takeIfFree({ ...wish, memoryMiB }) : null;
    if (ticket === null) {
      await this.#closeAllBut(0);
      ticket = await desk.take({ ...wish, memoryMiB });
    }
    return DeviceSession.open({
      desk,
      folder,
      ticket,
      wish,
      devices,
      sha256: model.sha256,
      batchSizes: (device) => this.#batchSizesOf(model, device),
      now: () => performance.now(),
      open: (device) => this.#openSession(model, device),
      closeOthers: () => this.#closeAllBut(0, keyOf(model)),
    });
  }

  /** What a model is known, or thought, to take on the devices here. */
  async #needMiB(model: Wanted, { devices, folder }: WorkerDevices): Promise<number> {
    const kind = devices[0]?.kind ?? 'cuda';
    const known = await rememberedMiB(folder, { sha256: model.sha256, kind });
    const most = Math.max(...devices.map(({ memoryMiB }) => memoryMiB));
    return Math.min(most, known ?? guessMiB(kind, await this.#fileBytes(model)));
  }

  async #fileBytes({ folder, variant }: Wanted): Promise<number> {
    if (variant === 'noop') return 0;
    const file = (await readCard(join(this.#root, folder))).variants[variant]?.file;
    // A model without its file is refused when it is opened.
    return file === undefined
      ? 0
      : (await stat(join(this.#root, folder, file)).catch(() => ({ size: 0 }))).size;
  }

  #batchSizesOf({ sha256 }: Wanted, device: AnyDevice): BatchSizes {
    const key = `${sha256} ${device.key}`;
    const sizes = this.#batchSizes.get(key) ?? new BatchSizes();
    this.#batchSizes.set(key, sizes);
    return sizes;
  }

  async #openSession({ folder, variant }: Wanted, device?: AnyDevice): Promise<ModelSession> {
    const cudaDevice = device?.kind === 'cuda' ? device.ordinal : undefined;
    const { open } = this.#thread;
    const session = await openModelSession(join(this.#root, folder), variant, {
      threads: 1,
      cudaDevice,
      open,
    });
    return device?.kind === 'simulated' ? oneByOne(session) : session;
  }

  async #closeAllBut(count: number, kept?: string): Promise<void> {
    const others = [...this.#open].filter(([key]) => key !== kept);
    for (const [key, { session }] of others.slice(0, Math.max(0, others.length - count))) {
      this.#open.delete(key);
      await session.close();
    }
  }
}

const keyOf = ({ folder, variant, sha256 }: Wanted): string => `${folder} ${variant} ${sha256}`;
