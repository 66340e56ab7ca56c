export const SHARE_MEGAPIXELS: number;
export const STRIP_PIXELS: number;
export const STEADY: readonly [number, number];
export interface SimulatedCluster {
  hosts: number;
  devicesPerHost: number;
  coresPerHost: number;
  slotsPerDevice: number;
  deviceMegapixelsPerSecond: number;
  storageBytesPerSecond: number;
}
export interface SimulatedCosts {
  sessionStart: number;
  slotStart: number;
  engineTask: number;
  engineAssembly: number;
  engineJobCore: number;
  engineDriverCore: number;
  engineTaskCore: number;
  engineRegionCore: number;
  contention: number;
  readMegapixel: number;
  encodeMegapixel: number;
  encodeSerialShare: number;
  regionCore: number;
  deviceBatchCore: number;
  outcome: number;
  publishPart: number;
  composePart: number;
  publishSerialShare: number;
  publishMegapixel: number;
  sealScene: number;
  seamStrip: number;
  shareMegapixels: number;
  bytesPerPixel: number;
  overlap: number;
  rowsPerRegion: number;
}
export function simulate(run: {
  cluster: SimulatedCluster;
  costs: SimulatedCosts;
  scenes: readonly number[];
  regionMegapixels: number;
}): {
  seconds: number;
  computeSeconds: number;
  steadySeconds: number;
  deviceUse: number;
  assemblySeconds: number;
  coordinatorBusySeconds: number;
};
