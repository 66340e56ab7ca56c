import { nvidiaDevices } from '../../gpu/nvidia-devices.ts';
import { cudaProvider } from '../../model/cuda-provider.ts';
import { readManifest } from '../package-manifest.ts';
import { amiss, fine, type Finding, type Purpose } from './finding.ts';

/** How the set-up is started in this installation, for remedies. */
export const SET_UP = '`npm run setup` in the clone, or `resflow setup`';

export function nodeFinding(actual = process.versions.node): Finding {
  const { leastNode } = readManifest();
  const number = (version: string) => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
  if (number(actual) >= number(leastNode)) return fine('Node', 'map', actual);
  return amiss(
    { name: 'Node', purpose: 'map', state: 'missing' },
    `${actual}; ${leastNode} or newer is needed`,
    {
      cost: 'nothing is promised to work',
      remedy: "install Node 24 by your system's package manager or a Node version manager",
    },
  );
}

/** Formats whose absence people notice, and what each is for. */
const DRIVERS: Readonly<Record<string, string>> = {
  GTiff: 'TIFF scenes',
  COG: 'Cloud Optimized GeoTIFF',
  VRT: 'mosaics of files',
  JP2OpenJPEG: 'JPEG 2000 scenes',
  NITF: 'NITF scenes',
  GeoJSON: 'GeoJSON labels',
  GPKG: 'GeoPackage labels',
  FlatGeobuf: 'FlatGeobuf labels',
  'ESRI Shapefile': 'Shapefile labels',
};

export async function gdalFinding(): Promise<Finding> {
  return withPackage('GDAL', { cost: 'no scene or label can be read' }, async () => {
    const { default: gdal } = await import('gdal-async');
    const names = new Set(gdal.drivers.getNames());
    const absent = Object.keys(DRIVERS).filter((driver) => !names.has(driver));
    const detail = `${gdal.version}, ${names.size} formats`;
    if (absent.length === 0)
      return fine('GDAL', 'map', `${detail}, among them ${Object.keys(DRIVERS).join(', ')}`);
    return amiss(
      { name: 'GDAL', purpose: 'map', state: 'limited' },
      `${detail}, without ${absent.join(', ')}`,
      {
        cost: `these cannot be read: ${absent.map((driver) => DRIVERS[driver]).join(', ')}`,
        remedy: 'install a GDAL with these drivers and build against it: RESFLOW_SYSTEM_GDAL=1 npm run setup',
      },
    );
  });
}

export async function onnxFinding(): Promise<Finding> {
  return withPackage('ONNX Runtime', { cost: 'no model can be run' }, async () => {
    const runtime = await import('onnxruntime-node');
    const backends = runtime.listSupportedBackends().filter(({ bundled }) => bundled);
    const version = runtime.env.versions.node ?? runtime.env.versions.common;
    return fine(
      'ONNX Runtime',
      'map',
      `${version}, providers ${backends.map(({ name }) => name).join(', ')}`,
    );
  });
}

/** Whether models can run on NVIDIA GPUs here, and if not, why. Says nothing amiss where there is no GPU. */
export async function cudaFinding(
  env: Readonly<Record<string, string | undefined>>,
  provider: typeof cudaProvider = cudaProvider,
): Promise<Finding> {
  const name = 'CUDA';
  return withPackage(name, { cost: 'models run on the CPU', state: 'limited' }, async () => {
    const gpus = await nvidiaDevices(env);
    const { installed, path } = provider();
    if (gpus.length === 0)
      return fine(name, 'extra', 'not used: nvidia-smi lists no GPU; models run on the CPU');
    const detail = gpus.map((gpu) => `${gpu.name} (${gpu.memoryMiB} MiB)`).join(', ');
    if (installed) return fine(name, 'extra', `execution provider installed; ${detail}`);
    return amiss(
      { name, purpose: 'extra', state: 'limited' },
      `${detail}, but ONNX Runtime's CUDA execution provider is not installed: there is no ${path}`,
      {
        cost: 'the GPUs are not used; models run on the CPU',
        remedy:
          'with CUDA 12 and cuDNN 9 on this machine: ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js',
      },
    );
  });
}

export async function duckdbFinding(): Promise<Finding> {
  return withPackage('DuckDB', { cost: 'GeoParquet labels cannot be read', state: 'limited' }, async () => {
    const duckdb = await import('@duckdb/node-api');
    return fine('DuckDB', 'map', duckdb.version().replace(/^v/, ''));
  });
}

interface Absence {
  readonly cost: string;
  readonly state?: 'limited' | 'missing';
}

/** Runs a probe of an npm package; one that does not load becomes a finding with its reason. */
async function withPackage(name: string, absence: Absence, probe: () => Promise<Finding>): Promise<Finding> {
  const purpose: Purpose = 'map';
  try {
    return await probe();
  } catch (error) {
    const reason = (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
    return amiss({ name, purpose, state: absence.state ?? 'missing' }, `does not load: ${reason}`, {
      cost: absence.cost,
      remedy: SET_UP,
    });
  }
}
