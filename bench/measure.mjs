// Runs commands in turn (A B A B ...) and gives ratios pair by pair, so that a drifting machine does not decide.
import { spawn } from 'node:child_process';

/** Runs one command to its end; wall seconds and what it printed. Throws where it fails. */
export async function run(command, { cpus = null, env = {} } = {}) {
  const [program, ...args] = cpus === null ? command : ['taskset', '-c', cpus, ...command];
  const start = performance.now();
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0)
    throw new Error(
      `${command.join(' ')} ended with ${code}\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`,
    );
  return { seconds: (performance.now() - start) / 1000, stdout };
}

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Times `a` and `b` (functions that give {seconds}) in turn; medians, and the ratio b/a of each pair. */
export async function compare(a, b, pairs) {
  const rows = [];
  for (let i = 0; i < pairs; i += 1) {
    const first = await a(i);
    const second = await b(i);
    rows.push({ a: first, b: second, ratio: second.seconds / first.seconds });
  }
  return {
    rows,
    a: median(rows.map((row) => row.a.seconds)),
    b: median(rows.map((row) => row.b.seconds)),
    ratio: median(rows.map((row) => row.ratio)),
  };
}

/** A table in Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
