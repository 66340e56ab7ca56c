import { readFileSync } from 'node:fs';
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The program as a user runs it: the built one, through bin/resflow. */
export const PROGRAM = fileURLToPath(new URL('../../bin/resflow', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `resflow ARGS`; `ended` resolves when it and its pipes are closed. */
export function startProgram(
  args: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs `resflow ARGS --json` to its end; the parsed document, and how it ended. */
export async function runJson(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended & { json: unknown }> {
  const ended = await startProgram([...args, '--json'], env).ended;
  try {
    return { ...ended, json: JSON.parse(ended.stdout) as unknown };
  } catch (error) {
    throw new Error(
      `resflow ${args.join(' ')} printed no JSON (exit ${ended.code}):\n${ended.stdout}\n${ended.stderr}`,
      { cause: error },
    );
  }
}

/** As runJson, for commands that have to succeed. */
export async function runOk(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const { code, json, stderr } = await runJson(args, env);
  if (code !== 0)
    throw new Error(
      `resflow ${args.join(' ')} ended with ${code}:\n${JSON.stringify(json, null, 2)}\n${stderr}`,
    );
  return json as Record<string, unknown>;
}

/** True where there is no such process any more, or nobody but its parent knows of it. */
export function hasEnded(pid: number): boolean {
  try {
    return / [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\)/, ''));
  } catch {
    return true;
  }
}

/** Child processes of a process, by the kernel's own list. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    return [];
  }
}

/** Memory (MiB: now, and the most there was) and threads of a process, by the kernel's own account. */
export function usageOf(pid: number): { residentMiB: number; highestMiB: number; threads: number } {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const found = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? '0');
  return { residentMiB: found('VmRSS') / 1024, highestMiB: found('VmHWM') / 1024, threads: found('Threads') };
}
