import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { amiss, fine, type Finding } from './finding.ts';
import { SET_UP } from './program-findings.ts';

const run = promisify(execFile);

const PROBE = `
import json, sys
from importlib.metadata import PackageNotFoundError, version
def of(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
packages = {name: of(name) for name in ('torch', 'onnx', 'onnxruntime', 'numpy', 'pyspark', 'pyarrow', 'pandas')}
cuda = []
if packages['torch']:
    import torch
    cuda = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
print(json.dumps({'python': sys.version.split()[0], 'packages': packages, 'cuda': cuda}))
`;

const probeSchema = z.object({
  python: z.string(),
  packages: z.record(z.string(), z.string().nullable()),
  cuda: z.array(z.string()),
});
type Probe = z.infer<typeof probeSchema>;

/** The Python that the set-up made for this installation. */
export const environmentPython = (): string =>
  fileURLToPath(new URL('../../../.venv/bin/python', import.meta.url));

/** Python, PyTorch and graphics processors for training; Spark with its Java. Takes some seconds to import PyTorch. */
export async function pythonFindings(python: string): Promise<Finding[]> {
  const cost = '`resflow model train` cannot run; models trained elsewhere can be imported and used';
  const absent = (detail: string): Finding[] => [
    amiss({ name: 'Python', purpose: 'train', state: 'missing' }, detail, { cost, remedy: SET_UP }),
  ];
  if (python.includes('/') && !existsSync(python)) return absent(`no environment in ${python}`);
  let probe: Probe;
  try {
    const { stdout } = await run(python, ['-c', PROBE], { timeout: 60_000 });
    probe = probeSchema.parse(JSON.parse(stdout));
  } catch (error) {
    return absent(`${python} does not run: ${lastLine(error)}`);
  }
  return [
    fine('Python', 'train', `${probe.python} in ${python}`),
    torchFinding(probe, cost),
    cudaFinding(probe),
    await sparkFinding(probe),
  ];
}

function torchFinding({ packages }: Probe, cost: string): Finding {
  const missing = ['torch', 'onnx', 'onnxruntime', 'numpy'].filter((name) => packages[name] === null);
  if (missing.length > 0) {
    return amiss({ name: 'PyTorch', purpose: 'train', state: 'missing' }, `missing: ${missing.join(', ')}`, {
      cost,
      remedy: SET_UP,
    });
  }
  return fine(
    'PyTorch',
    'train',
    `${packages['torch']}, onnx ${packages['onnx']}, onnxruntime ${packages['onnxruntime']}`,
  );
}

function cudaFinding({ cuda }: Probe): Finding {
  if (cuda.length > 0) return fine('Graphics processor', 'extra', cuda.join(', '));
  return amiss(
    { name: 'Graphics processor', purpose: 'extra', state: 'limited' },
    'none that PyTorch can use',
    {
      cost: 'training runs on the processor: minutes to an hour for the small network, days for the large one',
      remedy: 'a machine with an NVIDIA graphics processor and its driver, then `npm run setup` there',
    },
  );
}

/** Java for Spark, as its launcher finds it. */
const JAVA_LEAST = 17;

async function sparkFinding({ packages }: Probe): Promise<Finding> {
  const lacks = [
    ...['pyspark', 'pyarrow', 'pandas'].filter((name) => packages[name] === null),
    ...((await javaVersion()) >= JAVA_LEAST ? [] : [`Java ${JAVA_LEAST} or newer`]),
  ];
  if (lacks.length === 0) return fine('Spark', 'extra', `${packages['pyspark']}`);
  return amiss({ name: 'Spark', purpose: 'extra', state: 'limited' }, `missing: ${lacks.join(', ')}`, {
    cost: 'runs stay on this machine: --engine spark cannot be used',
    remedy: SET_UP,
  });
}

async function javaVersion(): Promise<number> {
  const home = process.env['JAVA_HOME'];
  const java =
    home !== undefined && existsSync(join(home, 'bin', 'java')) ? join(home, 'bin', 'java') : 'java';
  const said = await run(java, ['-version'], { timeout: 60_000 }).catch(() => ({ stderr: '' }));
  return Number(/version "(?:1\.)?(\d+)/.exec(said.stderr)?.[1] ?? 0);
}

const lastLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trimEnd().split('\n').at(-1) ?? '';
