import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { installDebianPackages } from './debian-packages.mjs';
import { inRoot } from './paths.mjs';
import { SetUpError } from './set-up-error.mjs';

/** Spark 4 runs on 17 and newer. */
const LEAST = 17;

/**
 * A Java for Spark, from JAVA_HOME or the path, or Debian's. Where it cannot be installed, a note says so: nothing but
 * Spark misses it, unless it is `needed`.
 */
export async function provideJava({ report, apt, needed }) {
  if (!existsSync(inRoot('spark')) || javaVersion() >= LEAST) return;
  try {
    await installDebianPackages(['openjdk-17-jre-headless'], `Spark (Java ${LEAST} or newer)`, {
      report,
      apt,
    });
  } catch (error) {
    if (needed || !(error instanceof SetUpError)) throw error;
    report.note(`${error.message}; runs stay on this machine until it is there. ${error.hint}`);
  }
}

/** The major version of the Java that Spark would start; 0 where there is none. */
export function javaVersion() {
  const home = process.env.JAVA_HOME;
  const java = home && existsSync(join(home, 'bin', 'java')) ? join(home, 'bin', 'java') : 'java';
  const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8', timeout: 60_000 });
  return Number(/version "(?:1\.)?(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
}
