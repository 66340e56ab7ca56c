import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stateFolder } from './paths.mjs';

const lockFile = join(stateFolder, 'lock');
const own = `${lockFile}.${process.pid}`;

/**
 * Lets one set-up at a time work on this checkout. A second one waits for the first; a lock whose holder is dead is taken
 * over. Returns the function that gives the lock back.
 */
export async function takeLock(report) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(own, String(process.pid));
  let told = false;
  while (!tryTake()) {
    if (!holderLives()) {
      removeDeadLock();
      continue;
    }
    if (!told) report.note('another set-up is at work on this checkout; waiting for it');
    told = true;
    await wait(200);
  }
  rmSync(own, { force: true });
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  return () => {
    process.off('exit', release);
    release();
  };
}

/** A link is made whole or not at all, so the lock is never seen without its holder's number. */
function tryTake() {
  try {
    linkSync(own, lockFile);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function holderLives() {
  try {
    process.kill(Number(readFileSync(lockFile, 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Moves the lock aside before removing it; if a third process took it meanwhile, it is put back. */
function removeDeadLock() {
  const aside = `${own}.dead`;
  try {
    renameSync(lockFile, aside);
    process.kill(Number(readFileSync(aside, 'utf8')), 0);
    linkSync(aside, lockFile);
  } catch {
    // Gone already, or dead indeed.
  }
  rmSync(aside, { force: true });
}
