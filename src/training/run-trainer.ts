import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { resourceError, type ResflowError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';

const number = z.number().nullable().optional();

/** Lines the trainer prints on stdout; members that are not named here are passed over. */
export const trainerEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    steps: number,
    minutes: number,
    step: number,
    device: z.string().optional(),
    parameters: number,
  }),
  z.object({
    type: z.literal('step'),
    step: z.number(),
    loss: number,
    samplesPerSecond: number,
    share: number,
    eta: number,
  }),
  z.object({ type: z.literal('validating'), step: z.number(), done: number, tiles: number }),
  z.object({ type: z.literal('validation'), step: z.number(), iou: number, bestIou: number }),
  z.object({ type: z.literal('checkpoint'), step: z.number() }),
  z.object({ type: z.literal('export'), stage: z.string().optional() }),
  z.object({ type: z.literal('done'), steps: number, seconds: number }),
  z.object({
    type: z.literal('error'),
    message: z.string(),
    code: z.string().optional(),
    hint: z.string().nullable().optional(),
  }),
]);
export type TrainerEvent = z.infer<typeof trainerEventSchema>;

/** Where the trainer lies: a Python, and the folder that holds the package `resflow_trainer`. */
export interface TrainerHome {
  readonly python: string;
  readonly trainerFolder: string;
}

export interface TrainerPorts {
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly onEvent: (event: TrainerEvent) => void;
}

/** What is kept of stderr for an error's message. */
const TAIL_CHARACTERS = 4000;
/** A trainer that was asked to stop writes its checkpoint in this time, or is killed. */
const STOP_MS = 60_000;

/** What the trainer is asked to do, and the spec that says it all. */
export interface TrainerJob {
  readonly command: 'train' | 'extractor' | 'hash' | 'evidence' | 'score';
  readonly specFile: string;
}

/**
 * Runs the trainer on a spec until it says `done`. An abort asks it (SIGTERM) to write its checkpoint and waits for it,
 * then throws the signal's reason. Throws resource errors TRAINING_FAILED, PYTHON_UNUSABLE.
 */
export async function runTrainer(home: TrainerHome, job: TrainerJob, ports: TrainerPorts): Promise<void> {
  const child = spawn(home.python, ['-m', 'resflow_trainer', job.command, job.specFile], {
    env: { ...ports.env, PYTHONPATH: home.trainerFolder, PYTHONUNBUFFERED: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const stop = () => {
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), STOP_MS).unref();
  };
  ports.signal.addEventListener('abort', stop, { once: true });
  try {
    const heard = await listen(child, ports);
    ports.signal.throwIfAborted();
    if (!heard.done) throw trainingFailed(home, heard);
  } finally {
    ports.signal.removeEventListener('abort', stop);
  }
}

interface Heard {
  done: boolean;
  error: Extract<TrainerEvent, { type: 'error' }> | null;
  tail: string;
  exit: string;
}

function listen(child: ChildProcessWithoutNullStreams, ports: TrainerPorts): Promise<Heard> {
  const heard: Heard = { done: false, error: null, tail: '', exit: '' };
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    heard.tail = (heard.tail + text).slice(-TAIL_CHARACTERS);
    ports.log.debug({ trainer: text.trimEnd() }, 'trainer');
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = parseEvent(line);
    if (event === null) return ports.log.debug({ line }, 'not an event of the trainer');
    if (event.type === 'done') heard.done = true;
    if (event.type === 'error') heard.error = event;
    ports.onEvent(event);
  });
  return new Promise((resolve, reject) => {
    child.on('error', (error) => reject(unusable(child.spawnfile, error)));
    child.on('close', (code, killedBy) => resolve({ ...heard, exit: killedBy ?? `exit code ${code}` }));
  });
}

/** An event, or null for a line that is none. */
export function parseEvent(line: string): TrainerEvent | null {
  try {
    return trainerEventSchema.parse(JSON.parse(line));
  } catch {
    return null;
  }
}

const unusable = (python: string, cause: Error) =>
  resourceError('PYTHON_UNUSABLE', `${python} cannot be started: ${cause.message}`, {
    hint: 'Run `npm run setup` to make the Python environment, or name a Python in RESFLOW_PYTHON; `resflow doctor` says more.',
    context: { python },
    cause,
  });

function trainingFailed(home: TrainerHome, heard: Heard): ResflowError {
  const missing = /No module named '?([\w.]+)/.exec(heard.tail);
  if (heard.error === null && missing !== null) {
    return resourceError('PYTHON_UNUSABLE', `${home.python} lacks the module ${missing[1] ?? ''}.`, {
      hint: 'Run `npm run setup` to make the Python environment; `resflow doctor` says more.',
      context: { python: home.python },
    });
  }
  const said = heard.error?.message ?? lastLine(heard.tail);
  return resourceError(
    'TRAINING_FAILED',
    `The trainer ended before its work was done (${heard.exit}): ${said}`,
    {
      hint:
        heard.error?.hint ??
        'The same command resumes from the last checkpoint; --log-level debug shows what the trainer says.',
      context: { exit: heard.exit, python: home.python },
    },
  );
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) || 'it said nothing';
