// The real worker, made slow and ill for tests: every task waits --delay milliseconds; those whose window begins at a
// column and row given by --crash or --hang take the process down or never end. The last argument is the workspace.
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    delay: { type: 'string', default: '0' },
    crash: { type: 'string', multiple: true, default: [] },
    hang: { type: 'string', multiple: true, default: [] },
  },
});
const input = new PassThrough();
const lines = createInterface({ input: process.stdin });
Object.defineProperty(process, 'stdin', { value: input });
process.argv.splice(2, Infinity, positionals.at(-1));

let before = Promise.resolve();
lines.on('line', (line) => {
  before = before.then(() => pass(line));
});
lines.once('close', () => input.end());

async function pass(line) {
  const { x, y } = JSON.parse(line).task?.window ?? {};
  const place = `${x},${y}`;
  await new Promise((resolve) => setTimeout(resolve, Number(values.delay)));
  if (values.crash.includes(place)) process.kill(process.pid, 'SIGKILL');
  if (!values.hang.includes(place)) input.write(`${line}\n`);
}

await import('../../dist/cli/worker-main.js');
