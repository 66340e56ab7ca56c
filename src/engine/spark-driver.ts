import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  sparkMessageSchema,
  type SparkJobRequest,
  type SparkMessage,
  type SparkSessionRequest,
} from './spark-messages.ts';

export interface DriverCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const STDERR_KEPT = 4000;

/** The process that holds the Spark session. */
export class SparkDriver {
  readonly #child: ChildProcess;
  readonly exited: Promise<void>;
  #stderrTail = '';
  #ending = 'did not start';

  /** `onMessage` gets every line that the driver prints. Other output is kept for `lastWords`. */
  constructor(
    command: DriverCommand,
    session: SparkSessionRequest,
    onMessage: (message: SparkMessage) => void,
  ) {
    this.#child = spawn(command.command, [...command.args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...command.env },
    });
    const { stdin, stdout, stderr } = this.#child;
    if (stdin === null || stdout === null || stderr === null) throw new Error('driver without pipes');
    stdin.on('error', () => undefined);
    stderr.on('data', (chunk: Buffer) => {
      this.#stderrTail = (this.#stderrTail + chunk.toString()).slice(-STDERR_KEPT);
    });
    createInterface({ input: stdout }).on('line', (line) =>
      onMessage(sparkMessageSchema.parse(JSON.parse(line))),
    );
    this.exited = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#ending = error.message;
        resolve();
      });
      this.#child.once('close', (code, signal) => {
        this.#ending = signal === null ? `ended with exit code ${code}` : `ended with signal ${signal}`;
        resolve();
      });
    });
    this.#write({ session });
  }

  send(request: SparkJobRequest): void {
    this.#write(request);
  }

  /** How it ended, with the last thing that looks like a reason in what it and Spark printed. */
  get lastWords(): string {
    const lines = this.#stderrTail.split('\n').map((line) => line.trim());
    const reason = lines.findLast((line) =>
      /\b(error|exception|refused|denied)\b|Error:|Exception:/i.test(line),
    );
    return `the Spark driver ${this.#ending}${reason === undefined ? '' : `: ${reason.slice(0, 400)}`}`;
  }

  /** Closes its input, which ends its session; kills it if it is still there after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    await this.exited;
    clearTimeout(timer);
  }

  #write(message: unknown): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }
}
