import { parentPort } from 'node:worker_threads';
import { toResflowError } from '../core/errors.ts';
import type { ThreadAnswers, ThreadError, ThreadReply, ThreadRequest } from './network-thread.ts';
import { openNetwork, type OnnxNetwork } from './onnx-network.ts';

/** Entry of a thread that holds networks and runs them, one after the other. */
const networks = new Map<number, OnnxNetwork>();
let opened = 0;
let last: Promise<unknown> = Promise.resolve();

parentPort?.on('message', (request: ThreadRequest & { id: number }) => {
  last = last.then(() => serve(request));
});

async function serve(request: ThreadRequest & { id: number }): Promise<void> {
  const { id } = request;
  try {
    const ok = await answer(request);
    send({ id, ok }, ok !== null && 'data' in ok ? [ok.data.buffer as ArrayBuffer] : []);
  } catch (thrown) {
    send({ id, error: plain(thrown) }, []);
  }
}

const send = (reply: ThreadReply, moved: ArrayBuffer[]) => parentPort?.postMessage(reply, moved);

async function answer(request: ThreadRequest): Promise<ThreadAnswers[keyof ThreadAnswers]> {
  if (request.kind === 'open') {
    const network = await openNetwork(request.bytes, request.options);
    networks.set((opened += 1), network);
    return { network: opened, axes: network.axes };
  }
  const network = networks.get(request.network);
  if (network === undefined) throw new Error(`no network ${request.network}`);
  if (request.kind === 'run') return network.run(request.input, request.shape);
  networks.delete(request.network);
  await network.close();
  return null;
}

/** What of an error can go to another thread. */
function plain(thrown: unknown): ThreadError {
  const error = toResflowError(thrown);
  return { family: error.family, ...error.toJSON() };
}
