import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { has, installDebianPackages } from './debian-packages.mjs';
import { cacheFolder, inRoot } from './paths.mjs';
import { mustRun, runLogged } from './run-logged.mjs';
import { SetUpError } from './set-up-error.mjs';

/**
 * Makes `import 'gdal-async'` work. In this order: it loads already; the prebuilt binary of its makers (with a GDAL of its
 * own inside), unless RESFLOW_SYSTEM_GDAL is set; a binding built earlier against this GDAL, from the cache; a new build
 * against the system's GDAL, which takes minutes once.
 */
export async function provideGdalBinding({ report, apt }) {
  if (gdalLoads()) return;
  const gdal = locate();
  if (!process.env.RESFLOW_SYSTEM_GDAL && (await fetchPrebuilt(gdal, report))) return;
  await provideBuildTools(report, apt);
  const systemVersion = execFileSync('gdal-config', ['--version']).toString().trim();
  const cached = join(
    cacheFolder,
    'gdal-async',
    `${gdal.version}-gdal${systemVersion}-${abi}-${platform}.node`,
  );
  if (existsSync(cached)) {
    copyWhole(cached, gdal.binding);
    if (gdalLoads()) return report.note(`GDAL ${systemVersion} binding: taken from the cache`);
  }
  await build(gdal, systemVersion, report);
  copyWhole(gdal.binding, cached);
}

const abi = `abi${process.versions.modules}`;
const platform = `${process.platform}-${process.arch}`;

/** In a process of its own, since a broken binding may take the process with it. */
export function gdalLoads() {
  const script = "require('gdal-async').drivers.count()";
  return (
    spawnSync(process.execPath, ['-e', script], { cwd: inRoot(), stdio: 'ignore', timeout: 120_000 })
      .status === 0
  );
}

function locate() {
  const require = createRequire(inRoot('package.json'));
  const manifest = require.resolve('gdal-async/package.json');
  const folder = dirname(manifest);
  const preGyp = require.resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp', { paths: [folder] });
  const binding = join(
    folder,
    'lib',
    'binding',
    `node-v${process.versions.modules}-${platform}`,
    'gdal.node',
  );
  return { folder, preGyp, binding, version: JSON.parse(readFileSync(manifest, 'utf8')).version };
}

async function fetchPrebuilt(gdal, report) {
  if (!(await prebuiltIsOffered(gdal))) return false;
  const done = report.step('GDAL binding, prebuilt', 'download, up to 5 minutes');
  const result = await runLogged('gdal-prebuilt', process.execPath, [gdal.preGyp, 'install'], {
    cwd: gdal.folder,
    timeoutMs: 300_000,
  });
  const good = result.ok && gdalLoads();
  done(good ? 'installed' : "not to be had; the system's GDAL is used instead");
  return good;
}

/** Asks for the prebuilt file's headers, eight seconds at most, so that a closed network costs no more than that. */
async function prebuiltIsOffered(gdal) {
  if (process.env.HTTPS_PROXY || process.env.https_proxy) return true;
  const shown = spawnSync(process.execPath, [gdal.preGyp, 'reveal', 'hosted_tarball', '--silent'], {
    cwd: gdal.folder,
  });
  const address = shown.stdout.toString().trim().split('\n').at(-1) ?? '';
  try {
    const answer = await fetch(address, { method: 'HEAD', signal: AbortSignal.timeout(8000) });
    return answer.ok;
  } catch {
    return false;
  }
}

async function provideBuildTools(report, apt) {
  const missing = [
    ['gdal-config', 'libgdal-dev'],
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
  ].filter(([program]) => !has(program));
  if (missing.length === 0) return;
  await installDebianPackages(
    missing.map(([, name]) => name),
    'Reading rasters (GDAL)',
    { report, apt },
  );
}

async function build(gdal, systemVersion, report) {
  const done = report.step(
    `GDAL ${systemVersion} binding`,
    'compiled once and kept in the cache: 2 to 6 minutes',
  );
  const headers = nodeHeaders();
  const args = [
    gdal.preGyp,
    'rebuild',
    '-j',
    String(availableParallelism()),
    '--build-from-source',
    '--shared_gdal=true',
  ];
  if (headers !== null) args.push(`--nodedir=${headers}`);
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  // Headers of another Node would be taken as they are; node-gyp is to fetch the right ones.
  if (headers === null) delete env.npm_config_nodedir;
  const { log } = await mustRun('gdal-build', process.execPath, args, {
    cwd: gdal.folder,
    env,
    timeoutMs: 2_400_000,
  });
  if (!gdalLoads())
    throw new SetUpError('The GDAL binding was built but does not load', `The log of the build: ${log}`);
  done('built');
}

/** Where this Node's C++ headers lie, if on this machine; without them node-gyp fetches them. Wrong ones build, then fail to load. */
function nodeHeaders() {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const line = `NODE_MODULE_VERSION ${process.versions.modules}\n`;
  const fits = (folder) => {
    try {
      return readFileSync(join(folder, 'include/node/node_version.h'), 'utf8').includes(line);
    } catch {
      return false;
    }
  };
  return [process.env.npm_config_nodedir, prefix].find((folder) => folder && fits(folder)) ?? null;
}

/** Never leaves half a file under the final name. */
function copyWhole(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  const partial = `${to}.partial-${process.pid}`;
  copyFileSync(from, partial);
  renameSync(partial, to);
}
