import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { workerReplySchema, type WorkerReply, type WorkerRequest } from './protocol.ts';

export interface WorkerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A worker that says nothing for this long while it works is taken for hung, and killed. */
  readonly silenceMs: number;
}

export type FinalReply = Exclude<WorkerReply, { type: 'ready' | 'progress' | 'room' }>;

/** Why a worker is gone: it ended by itself, was silent too long, or was ended by us for the reason given. */
export class WorkerGone extends Error {
  readonly code: 'WORKER_CRASHED' | 'WORKER_SILENT' | 'WORKER_SPOKE_NONSENSE' | 'MEMORY_EXCEEDED';

  constructor(code: WorkerGone['code'], message: string) {
    super(message);
    this.name = 'WorkerGone';
    this.code = code;
  }
}

/** What a worker says of a request before it answers. */
export interface RequestListener {
  progress?(chips: number, chipsTotal: number): void;
  /** It takes one request more. */
  room?(): void;
}

interface Pending {
  readonly resolve: (reply: FinalReply) => void;
  readonly reject: (reason: WorkerGone) => void;
  readonly listener: RequestListener;
}

const STDERR_KEPT = 2000;

/** One worker process and the requests it works on: one, or two where the first said that there is room. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #silenceMs: number;
  readonly exited: Promise<void>;
  readonly #pending = new Map<string, Pending>();
  #gone: WorkerGone | null = null;
  #silence: NodeJS.Timeout | null = null;
  #stderrTail = '';

  constructor(command: WorkerCommand) {
    this.#silenceMs = command.silenceMs;
    // The worker stays in our process group, so that a terminal's Ctrl-C and hang-up reach it too.
    this.#child = spawn(command.command, [...command.args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...command.env },
    });
    const { stdin, stdout, stderr } = this.#child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('worker without pipes');
    stdin.on('error', () => undefined);
    stderr.on('data', (chunk: Buffer) => this.#keepStderr(chunk));
    createInterface({ input: stdout }).on('line', (line) => this.#onLine(line));
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) =>
        this.#end(new WorkerGone('WORKER_CRASHED', `worker did not start: ${error.message}`), resolve),
      );
      this.#child.once('close', (code, signal) => {
        const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
        const tail = this.#stderrTail.trim() === '' ? '' : `; its last words: ${this.#stderrTail.trim()}`;
        this.#end(new WorkerGone('WORKER_CRASHED', `the worker process ended with ${how}${tail}`), resolve);
      });
    });
  }

  get pid(): number | null {
    return this.#child.pid ?? null;
  }

  get alive(): boolean {
    return this.#gone === null;
  }

  /** Sends one request and waits for its final reply. Rejects with WorkerGone. */
  ask(
    request: Exclude<WorkerRequest, { type: 'exit' }>,
    listener: RequestListener = {},
  ): Promise<FinalReply> {
    if (this.#pending.size > 1) throw new Error('worker is busy');
    if (this.#gone !== null) return Promise.reject(this.#gone);
    return new Promise((resolve, reject) => {
      this.#pending.set(request.type === 'task' ? request.task.id : request.id, {
        resolve,
        reject,
        listener,
      });
      this.#listen();
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
  }

  /** Ends the process at once; what it was asked is rejected with the reason. */
  kill(reason: WorkerGone): void {
    this.#fail(reason);
    this.#child.kill('SIGKILL');
  }

  /** Closes its input, which ends an idle worker; kills it if it is still there after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  /** From now on it may be silent for so long, while it has work. */
  #listen(): void {
    if (this.#silence !== null) clearTimeout(this.#silence);
    this.#silence = null;
    if (this.#pending.size === 0) return;
    this.#silence = setTimeout(() => {
      this.kill(
        new WorkerGone(
          'WORKER_SILENT',
          `the worker said nothing for ${this.#silenceMs / 1000} s and was ended`,
        ),
      );
    }, this.#silenceMs);
  }

  #onLine(line: string): void {
    const reply = parseReply(line);
    if (reply === null) {
      this.kill(
        new WorkerGone(
          'WORKER_SPOKE_NONSENSE',
          `the worker printed something that is no reply: ${line.slice(0, 200)}`,
        ),
      );
      return;
    }
    if (reply.type === 'ready') return;
    const pending = this.#pending.get(reply.id);
    if (reply.type === 'progress') pending?.listener.progress?.(reply.chips, reply.chipsTotal);
    else if (reply.type === 'room') pending?.listener.room?.();
    else {
      this.#pending.delete(reply.id);
      pending?.resolve(reply);
    }
    this.#listen();
  }

  #fail(reason: WorkerGone): void {
    this.#gone ??= reason;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    this.#listen();
    for (const { reject } of pending) reject(this.#gone);
  }

  #end(reason: WorkerGone, resolve: () => void): void {
    this.#fail(reason);
    resolve();
  }

  #keepStderr(chunk: Buffer): void {
    this.#stderrTail = (this.#stderrTail + chunk.toString()).slice(-STDERR_KEPT);
  }
}

function parseReply(line: string): WorkerReply | null {
  try {
    const parsed = workerReplySchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
