import { existsSync } from 'node:fs';
import { has, installDebianPackages } from './debian-packages.mjs';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A browser for the tests that look at reports. RESFLOW_CHROMIUM names one that is not on the path. */
export async function provideBrowser({ report, apt }) {
  if (process.env.RESFLOW_CHROMIUM && existsSync(process.env.RESFLOW_CHROMIUM)) return;
  if (NAMES.some(has)) return;
  await installDebianPackages(['chromium', 'fonts-dejavu-core'], 'Looking at reports in tests (a browser)', {
    report,
    apt,
  });
}
