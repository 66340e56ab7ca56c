import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json: a clone, or the installed package. */
export const root = fileURLToPath(new URL('../../', import.meta.url)).replace(/\/$/, '');

/** A path inside the package. */
export const inRoot = (...parts) => join(root, ...parts);

/** What the set-up remembers about this checkout: stamps, its lock. Nothing here needs keeping. */
export const stateFolder = inRoot('.cache', 'setup');

/** What may be shared between checkouts: the built GDAL binding, logs of long steps. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'resflow');

export const logFolder = join(cacheFolder, 'logs');
