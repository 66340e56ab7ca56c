// `node sample-processor.mjs PID FILE`: the processor time of all descendants of PID, until this is killed; a line of JSON four
// times a second: {"at": ms, "driver": s, "executors": s, "workers": s}. Driver: its JVM and Python, and the coordinator;
// executors: their JVMs and Python; workers: Node in them.
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';

const [root, file] = [Number(process.argv[2]), process.argv[3]];
const TICKS = 100;
const kept = new Map();

function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    return {
      pid,
      name,
      parent: Number(fields[1]),
      seconds: (Number(fields[11]) + Number(fields[12])) / TICKS,
    };
  } catch {
    return null;
  }
}

/** Which part of a run a process is, by its command line. */
function partOf({ pid, name }) {
  let command = '';
  try {
    command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It has ended.
  }
  if (name.startsWith('node')) return command.includes('\0map\0run\0') ? 'driver' : 'workers';
  return /CoarseGrainedExecutorBackend|pyspark.daemon/.test(command) ? 'executors' : 'driver';
}

function sample() {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .map(readProcess)
    .filter(Boolean);
  const ids = new Set([root]);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent } of all)
      if (!ids.has(pid) && ids.has(parent) && pid !== process.pid) grown = Boolean(ids.add(pid));
  }
  ids.delete(root);
  for (const one of all) {
    if (!ids.has(one.pid)) continue;
    const before = kept.get(one.pid);
    kept.set(one.pid, {
      seconds: one.seconds,
      // What was just started may still have the command line of who started it.
      part: before !== undefined && before.seconds > 0.2 ? before.part : partOf(one),
    });
  }
  const sums = { driver: 0, executors: 0, workers: 0 };
  for (const { part, seconds } of kept.values()) sums[part] += seconds;
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), ...sums })}\n`);
}
setInterval(sample, 250);
