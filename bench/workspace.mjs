// A workspace for benches, kept between runs in .cache/bench.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const DATA = join(ROOT, '..', 'shared', 'data');
export const CACHE = join(ROOT, '.cache', 'bench');
export const WORKSPACE = join(CACHE, 'workspace');
export const PYTHON = join(ROOT, '.venv', 'bin', 'python');
export const LARGE = join(DATA, 'large_scene_banepa_11264x8704', 'image.tif');

/** `resflow ARGS --json` in a workspace, its progress on our stderr; gives the document, or throws what it said. */
export const resflowIn =
  (home) =>
  (...args) => {
    const all = [join(ROOT, 'bin', 'resflow'), ...args, '--workspace', home, '--json'];
    const { status, stdout } = spawnSync(process.execPath, all, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 1 << 28,
    });
    if (status !== 0)
      throw new Error(`resflow ${args.join(' ')} ended with ${status}:\n${stdout.slice(0, 2000)}`);
    return JSON.parse(stdout);
  };

/** Runs `resflow ARGS --json` in the benches' own workspace and gives the document. */
export function resflow(args, options = {}) {
  const result = spawnSync(
    process.execPath,
    [join(ROOT, 'bin', 'resflow'), ...args, '--workspace', WORKSPACE, '--json'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', options.quiet === false ? 'inherit' : 'ignore'],
      maxBuffer: 1 << 28,
    },
  );
  const json = JSON.parse(result.stdout);
  if (result.status !== 0)
    throw new Error(`resflow ${args.join(' ')}: ${JSON.stringify(json.error ?? json)}`);
  return json;
}

/** The bench's workspace with an application; null, with a loud word, where the shared data is not there. */
export function benchWorkspace() {
  if (!existsSync(LARGE)) {
    process.stderr.write(`SKIPPED: ${LARGE} is not there; this bench needs the shared data.\n`);
    return null;
  }
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(join(WORKSPACE, 'workspace.json')))
    execFileSync(process.execPath, [join(ROOT, 'bin', 'resflow'), 'init', WORKSPACE]);
  if (!existsSync(join(WORKSPACE, 'applications', 'buildings'))) {
    resflow(['app', 'create', 'buildings', '--class', 'building', '--gsd', '0.3']);
  }
  return WORKSPACE;
}

/** Adds a scene unless it is there. */
export function addScene(id, path, place = 'bench') {
  if (existsSync(join(WORKSPACE, 'scenes', `${id}.json`))) return;
  resflow(['scene', 'add', path, '--place', place, '--id', id]);
}

/** What the workers reported of a run's regions. */
export function taskReports(workspace, run) {
  const plan = readFileSync(join(workspace, 'runs', run, 'plan.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean);
  return plan.map((line) => {
    const { id } = JSON.parse(line);
    return JSON.parse(readFileSync(join(workspace, 'ledger', id.slice(0, 2), `${id}.json`), 'utf8'));
  });
}

/** An uncompressed, tiled copy of a scene, made once. */
export function rawCopy(source, target) {
  if (existsSync(target)) return;
  const script = `import rasterio, sys
with rasterio.open(sys.argv[1]) as s:
    p = s.profile; p.update(driver="GTiff", compress=None, photometric="RGB", tiled=True, blockxsize=512, blockysize=512, interleave="pixel")
    with rasterio.open(sys.argv[2], "w", **p) as o:
        o.write(s.read())`;
  execFileSync(PYTHON, ['-c', script, source, `${target}.part.tif`]);
  execFileSync('mv', [`${target}.part.tif`, target]);
}

/** A VRT that repeats a scene until it covers width x height. */
export function repeatingVrt(source, size, target) {
  const { sourceWidth, sourceHeight, width, height } = size;
  const tiles = [];
  for (let y = 0; y < height; y += sourceHeight) {
    for (let x = 0; x < width; x += sourceWidth)
      tiles.push({ x, y, w: Math.min(sourceWidth, width - x), h: Math.min(sourceHeight, height - y) });
  }
  const bands = ['Red', 'Green', 'Blue'].map((colour, i) => {
    const sources = tiles.map(
      ({ x, y, w, h }) =>
        `<SimpleSource><SourceFilename relativeToVRT="0">${source}</SourceFilename><SourceBand>${i + 1}</SourceBand>` +
        `<SrcRect xOff="0" yOff="0" xSize="${w}" ySize="${h}"/><DstRect xOff="${x}" yOff="${y}" xSize="${w}" ySize="${h}"/></SimpleSource>`,
    );
    return `<VRTRasterBand dataType="Byte" band="${i + 1}"><ColorInterp>${colour}</ColorInterp>${sources.join('')}</VRTRasterBand>`;
  });
  const place = '<SRS>EPSG:32645</SRS><GeoTransform>350000,0.13,0,3060000,0,-0.13</GeoTransform>';
  writeFileSync(
    target,
    `<VRTDataset rasterXSize="${width}" rasterYSize="${height}">${place}${bands.join('')}</VRTDataset>`,
  );
}
