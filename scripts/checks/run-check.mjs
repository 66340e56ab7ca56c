import { spawn } from 'node:child_process';
import { inRoot } from '../setup/paths.mjs';
import { countTests } from './count-tests.mjs';
import { failureLines } from './failure-lines.mjs';

/** Runs one check, its output passed through as it comes. A command that cannot be started fails the check. */
export async function runCheck(check) {
  process.stdout.write(`\n== ${check.name} ${'='.repeat(Math.max(3, 100 - check.name.length))}\n`);
  const from = performance.now();
  let ok = true;
  let output = '';
  for (const command of check.commands) {
    const result = await run(command, check.cwd ?? inRoot());
    ok &&= result.ok;
    output += result.output;
  }
  const seconds = (performance.now() - from) / 1000;
  process.stdout.write(`-- ${check.name}: ${ok ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s\n`);
  return {
    name: check.name,
    ok,
    seconds,
    detail: countTests(output),
    failures: ok ? [] : failureLines(output),
  };
}

function run([command, ...args], cwd) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: process.env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const pass = (from, to) =>
      from.on('data', (chunk) => {
        output += chunk;
        to.write(chunk);
      });
    pass(child.stdout, process.stdout);
    pass(child.stderr, process.stderr);
    child.once('error', (error) => {
      process.stdout.write(`${command} could not be started: ${error.message}\n`);
      resolve({ ok: false, output });
    });
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}
