import { provideBrowser } from './browser.mjs';
import { buildProgram } from './build.mjs';
import { provideGdalBinding } from './gdal-binding.mjs';
import { provideJava } from './java.mjs';
import { takeLock } from './lock.mjs';
import { checkNodeVersion } from './node-version.mjs';
import { installNpmPackages } from './npm-packages.mjs';
import { endOrphan } from './orphan.mjs';
import { buildPage } from './page.mjs';
import { providePythonEnvironment } from './python-environment.mjs';
import { createReport } from './report.mjs';

/**
 * Brings this checkout (or installed package) to where the program runs, doing only what is missing. Each part leaves its
 * mark of completeness last, so that an interrupted set-up is mended by the next one.
 */
export async function setUp({
  apt = true,
  python = true,
  browser = false,
  tests = false,
  spark = false,
} = {}) {
  const report = createReport();
  checkNodeVersion();
  const release = await takeLock(report);
  try {
    await endOrphan();
    await installNpmPackages({ report });
    await provideGdalBinding({ report, apt });
    if (python) await providePythonEnvironment({ report, apt, tests, spark });
    if (python && spark) await provideJava({ report, apt, needed: tests });
    if (browser) await provideBrowser({ report, apt });
    await buildProgram({ report });
    await buildPage({ report });
  } finally {
    release();
  }
  report.end();
}
