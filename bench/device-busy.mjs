// How much of the time one worker keeps a device busy: reading, encoding and publishing are real, the device is simulated and
// sleeps. From the start of its first batch to the end of its last, so that starting programs is left out. Two cores at most.
// Run: node bench/device-busy.mjs [--rates 30,100] [--workers 1,2] [--rounds 3]
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, run, table } from './measure.mjs';
import { addScene, benchWorkspace, CACHE, LARGE, rawCopy, ROOT, WORKSPACE } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    rates: { type: 'string', default: '30,100' },
    workers: { type: 'string', default: '1,2' },
    rounds: { type: 'string', default: '3' },
  },
});
const numbers = (text) => text.split(',').map(Number);
if (benchWorkspace() === null) process.exit(0);
const raw = join(CACHE, 'large-raw.tif');
rawCopy(LARGE, raw);
addScene('large-raw', raw);

/** Maps the large scene; the device's busy share, and seconds from its first batch to its last. */
async function busy(rate, workers) {
  const tickets = mkdtempSync(join(tmpdir(), 'device-busy-'));
  try {
    const device = { name: 'a', memoryMiB: 8000, megapixelsPerSecond: rate, modelMiB: 300 };
    const env = {
      RESFLOW_TICKETS: tickets,
      RESFLOW_DEVICES: JSON.stringify({ version: 1, log: true, devices: [device] }),
    };
    const how = ['--gsd', 'own', '--core', '512', '--halo', '0', '--region', '2048', '--fresh'];
    const what = ['--scenes', 'large-raw', '--model', 'noop', '--workers', String(workers), '--json'];
    const program = [process.execPath, join(ROOT, 'bin', 'resflow'), 'map', 'run', 'buildings'];
    await run([...program, ...what, ...how, '--workspace', WORKSPACE], { env, cpus: '0,1' });
    const [folder] = readdirSync(join(tickets, 'devices'));
    const log = readFileSync(join(tickets, 'devices', folder, 'use.jsonl'), 'utf8');
    const batches = log
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const seconds =
      (Math.max(...batches.map(({ end }) => end)) - Math.min(...batches.map(({ start }) => start))) / 1000;
    return { share: batches.reduce((sum, { start, end }) => sum + end - start, 0) / 1000 / seconds, seconds };
  } finally {
    rmSync(tickets, { recursive: true });
  }
}

const rows = [];
for (const rate of numbers(values.rates)) {
  for (const workers of numbers(values.workers)) {
    const rounds = [];
    for (let round = 0; round < Number(values.rounds); round += 1) rounds.push(await busy(rate, workers));
    const shares = rounds.map(({ share }) => share);
    const span = `${Math.min(...shares).toFixed(2)}-${Math.max(...shares).toFixed(2)}`;
    rows.push([
      rate,
      workers,
      median(shares).toFixed(2),
      span,
      median(rounds.map(({ seconds }) => seconds)).toFixed(2),
    ]);
  }
}
process.stdout.write(`${table(['Mpx/s of the device', 'workers', 'busy', 'least-most', 's'], rows)}\n`);
