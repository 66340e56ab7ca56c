import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const LIBRARY =
  process.platform === 'win32' ? 'onnxruntime_providers_cuda.dll' : 'libonnxruntime_providers_cuda.so';

/** Whether ONNX Runtime's CUDA execution provider is installed here, and where it lies or should lie. Loads nothing. */
export function cudaProvider(): { readonly installed: boolean; readonly path: string } {
  const bin = fileURLToPath(new URL('../bin', import.meta.resolve('onnxruntime-node')));
  const napi =
    readdirSync(bin)
      .filter((name) => name.startsWith('napi-'))
      .at(-1) ?? '';
  const folder = join(bin, napi, process.platform, process.arch);
  const installed = readdirSync(folder).includes(LIBRARY);
  return { installed, path: join(folder, LIBRARY) };
}
