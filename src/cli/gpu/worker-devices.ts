import { cudaProvider } from '../../model/cuda-provider.ts';
import type { AnyDevice } from '../../gpu/device.ts';
import { findDevices, ticketFolder } from '../../gpu/find-devices.ts';
import { TicketDesk } from '../../gpu/ticket-desk.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Devices that models can run on here, and the desk that lends them. */
export interface WorkerDevices {
  readonly devices: readonly AnyDevice[];
  readonly desk: TicketDesk;
  /** The desk's folder. */
  readonly folder: string;
  readonly patienceMs: number;
}

const PATIENCE_SECONDS = 1800;

/**
 * The devices of a worker, or null where it has the CPU alone: then no folder is touched and no ticket taken. NVIDIA's
 * are used where ONNX Runtime's CUDA provider is installed.
 */
export async function workerDevices(env: Environment): Promise<WorkerDevices | null> {
  const simulated = (env['RESFLOW_DEVICES'] ?? '') !== '';
  if (!simulated && !cudaProvider().installed) return null;
  const devices = await findDevices(env);
  if (devices.length === 0) return null;
  // Else CUDA counts the fastest GPU first, and nvidia-smi does not.
  if (!simulated) process.env['CUDA_DEVICE_ORDER'] = 'PCI_BUS_ID';
  const folder = ticketFolder(env);
  const patience = Number(env['RESFLOW_TICKET_PATIENCE_SECONDS'] ?? PATIENCE_SECONDS);
  return {
    devices,
    desk: new TicketDesk(folder),
    folder,
    patienceMs: 1000 * (Number.isFinite(patience) && patience > 0 ? patience : PATIENCE_SECONDS),
  };
}
