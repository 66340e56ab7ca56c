// `node sample-processor.mjs PID FILE`: the processor time of all descendants of PID, until this is killed; a line of JSON four
// times a second: {"at": ms, "engine": s, "workers": s}. Engine: JVMs, Python and the coordinator; workers: the other Nodes.
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

const isCoordinator = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('\0map\0run\0');
  } catch {
    return false;
  }
};

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
  for (const { pid, name, seconds } of all) {
    if (!ids.has(pid)) continue;
    const before = kept.get(pid);
    kept.set(pid, { seconds, engine: before?.engine ?? (!name.startsWith('node') || isCoordinator(pid)) });
  }
  const sum = (engine) =>
    [...kept.values()].reduce((total, one) => total + (one.engine === engine ? one.seconds : 0), 0);
  appendFileSync(file, `${JSON.stringify({ at: Date.now(), engine: sum(true), workers: sum(false) })}\n`);
}
setInterval(sample, 250);
