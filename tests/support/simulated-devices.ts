/** As `RESFLOW_DEVICES` declares it; see docs/gpu.md. */
interface SimulatedDevice {
  readonly name: string;
  readonly memoryMiB: number;
  readonly megapixelsPerSecond: number;
  readonly [more: string]: unknown;
}

/** Environment with these simulated devices, whose batches are logged, and the folder of their tickets. */
export const simulatedDevices = (tickets: string, devices: readonly SimulatedDevice[]) => ({
  RESFLOW_DEVICES: JSON.stringify({ version: 1, log: true, devices }),
  RESFLOW_TICKETS: tickets,
});
