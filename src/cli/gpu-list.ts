import { z } from 'zod';
import { findDevices, ticketFolder } from '../gpu/find-devices.ts';
import type { DeskState } from '../gpu/desk-state.ts';
import { isGone, readDesk } from '../gpu/read-desk.ts';
import { cudaProvider } from '../model/cuda-provider.ts';
import { listRunIds, readRun } from '../workspace/runs.ts';
import { defineCommand, type CommandContext } from './command.ts';
import { spokenTime } from './spoken-time.ts';
import { textTable } from './text-table.ts';

export const gpuListCommand = defineCommand({
  path: ['gpu', 'list'],
  summary: 'Show the devices of this machine, who holds memory of them, and who waits',
  description:
    'Devices are NVIDIA GPUs, as nvidia-smi lists them, or those that RESFLOW_DEVICES simulates; the CPU needs no ticket. ' +
    'A ticket is the right of one process to use some memory of a device. See docs/gpu.md.',
  examples: ['resflow gpu list', 'resflow gpu list --json'],
  input: z.object({}),
  async run(_input, context) {
    const folder = ticketFolder(context.env);
    const here = await findDevices(context.env);
    const desk = readDesk(folder);
    const now = context.now().getTime();
    const promised = (key: string) =>
      desk.tickets.reduce((sum, ticket) => sum + (ticket.device === key ? ticket.memoryMiB : 0), 0);
    const elsewhere = desk.devices.filter(({ key }) => !here.some((device) => device.key === key));
    return {
      folder,
      cuda: cudaProvider(),
      devices: [
        ...(await Promise.all(
          here.map(async ({ key, kind, name, index, memoryMiB, ...device }) => ({
            key,
            kind,
            name,
            index,
            host: null,
            memoryMiB,
            ticketsMiB: promised(key),
            usedMiB: await device.usedMiB(),
          })),
        )),
        ...elsewhere
          .filter(({ key }) => promised(key) > 0)
          .map((device) => ({ ...device, ticketsMiB: promised(device.key), usedMiB: null })),
      ],
      tickets: await Promise.all(
        desk.tickets.map(async (ticket) => ({
          device: desk.devices.find(({ key }) => key === ticket.device)?.name ?? ticket.device,
          ...(await describeAsked(ticket, now, context)),
        })),
      ),
      waiting: await Promise.all(desk.waiting.map((request) => describeAsked(request, now, context))),
    };
  },
  render({ folder, cuda, devices, tickets, waiting }) {
    const idle = devices.some(({ kind }) => kind === 'cuda') && !cuda.installed;
    return [
      ...(devices.length === 0
        ? ['No GPU here; models run on the CPU, which needs no ticket.']
        : textTable(
            ['device', 'name', 'kind', 'host', 'memory', 'in tickets', 'used'],
            devices.map((device) => [
              String(device.index),
              device.name,
              device.kind,
              device.host ?? 'this one',
              `${device.memoryMiB} MiB`,
              `${device.ticketsMiB} MiB`,
              device.usedMiB === null ? '-' : `${device.usedMiB} MiB`,
            ]),
          )),
      ...(idle
        ? [
            "Models run on the CPU all the same: ONNX Runtime's CUDA provider is not installed (`resflow doctor`).",
          ]
        : []),
      ...section(
        'tickets',
        ['device', ...COLUMNS],
        tickets.map((one) => [one.device, ...cells(one)]),
      ),
      ...section('waiting, in order', COLUMNS, waiting.map(cells)),
      ...(devices.length === 0 ? [] : ['', `The desk is ${folder}`]),
    ].join('\n');
  },
});

const COLUMNS = ['memory', 'process', 'host', 'run', 'model', 'since', 'state'];

const section = (
  title: string,
  heading: readonly string[],
  rows: readonly (readonly string[])[],
): string[] => (rows.length === 0 ? [] : ['', `${title}:`, ...textTable(heading, rows)]);

type Described = Awaited<ReturnType<typeof describeAsked>>;

const cells = (one: Described): string[] => [
  `${one.memoryMiB} MiB`,
  String(one.pid),
  one.host,
  one.run ?? '-',
  one.model,
  spokenTime(one.seconds),
  one.gone ? 'dead; goes to the next who asks' : 'alive',
];

async function describeAsked(
  one: DeskState['tickets'][number] | DeskState['waiting'][number],
  now: number,
  context: CommandContext,
) {
  const { memoryMiB, holder, purpose, since } = one;
  return {
    memoryMiB,
    pid: holder.pid,
    host: holder.host,
    model: purpose.model,
    workspace: purpose.workspace,
    run: await runOf(one, context),
    since: new Date(since).toISOString(),
    seconds: Math.max(0, Math.round((now - since) / 1000)),
    gone: isGone(holder),
  };
}

/** The run that a worker works for: the one that its parent coordinates. Null where that cannot be told from here. */
async function runOf(
  { holder, purpose }: DeskState['tickets'][number] | DeskState['waiting'][number],
  { log }: CommandContext,
): Promise<string | null> {
  const { workspace } = purpose;
  if (workspace === null) return null;
  const ids = await listRunIds(workspace).catch(() => []);
  for (const id of ids.toReversed()) {
    const run = await readRun(workspace, id).catch((error: unknown) => {
      log.debug({ run: id, error }, 'a run that cannot be read');
      return null;
    });
    if (run?.status === 'running' && run.coordinator?.pid === holder.parent) return run.id;
  }
  return null;
}
