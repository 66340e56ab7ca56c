/** What a device is: an NVIDIA GPU that ONNX Runtime can use, or one that sleeps instead of computing. */
export type DeviceKind = 'cuda' | 'simulated';

/** A device whose memory is lent by tickets. The CPU is none: it is always there, and needs no ticket. */
export interface Device {
  /** The same from every process and host that sees the device, and of no other device. */
  readonly key: string;
  readonly kind: DeviceKind;
  readonly name: string;
  /** Its number on this host, as RESFLOW_GPUS and Spark's addresses name it. */
  readonly index: number;
  readonly memoryMiB: number;
  /** Memory in use as the device itself says, whoever uses it. */
  usedMiB(): Promise<number>;
}

/** An NVIDIA GPU. */
export interface CudaDevice extends Device {
  readonly kind: 'cuda';
  /** Its number among those that CUDA sees (CUDA_VISIBLE_DEVICES), in the order of the bus. */
  readonly ordinal: number;
  /** Memory that this process uses on it; null where the driver does not tell, as in many containers. */
  ownMiB(): Promise<number | null>;
}

/** What a batch asks of a device. */
export interface Batch {
  readonly images: number;
  /** Of all images together. */
  readonly megapixels: number;
}

/** A device that sleeps for as long as it would compute. */
export interface SimulatedDevice extends Device {
  readonly kind: 'simulated';
  /** Memory that a model and a batch of this size need. */
  needMiB(batch: Batch): number;
  /** Returns when the device has done this batch, after those that were there before it; one batch at a time. */
  compute(batch: Batch): Promise<void>;
}

export type AnyDevice = CudaDevice | SimulatedDevice;
