import type { InferenceSession } from 'onnxruntime-node';
import { contractError, inputError, resourceError, type ResflowError } from '../core/errors.ts';
import { readAxes, type NetworkAxes } from './network-axes.ts';

/** Sides of a batch of inputs or logits: images, channels, rows, columns. */
export interface ShapeNCHW {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
}

/** A loaded network without any meaning: floats in, floats out. */
export interface OnnxNetwork {
  readonly axes: NetworkAxes;
  /**
   * Runs one batch, NCHW in and out, and blocks its thread meanwhile: ONNX Runtime's Node binding is synchronous.
   * The result belongs to the caller. Throws input error MODEL_INPUT, MODEL_RUN, contract error MODEL_OUTPUT and
   * resource error MODEL_MEMORY.
   */
  run(input: Float32Array, shape: ShapeNCHW): Promise<{ data: Float32Array; shape: ShapeNCHW }>;
  close(): Promise<void>;
}

export interface NetworkOptions {
  /** The file's name, for messages. */
  readonly file: string;
  readonly threads: number;
  /** CUDA's number of the GPU to run on, with the CPU for what it cannot; by default the CPU alone. */
  readonly cudaDevice?: number | undefined;
}

/**
 * Loads an ONNX network from its bytes and checks that it is one this program can feed: one float32 input
 * NCHW with a stated number of bands, one float32 output of four axes.
 * Errors: MODEL_NOT_ONNX, MODEL_EXTERNAL_DATA, MODEL_INPUTS, MODEL_OUTPUTS (input), MODEL_MEMORY (resource).
 */
export async function openNetwork(bytes: Uint8Array, options: NetworkOptions): Promise<OnnxNetwork> {
  const { Tensor } = await import('onnxruntime-node');
  const session = await createSession(bytes, options);
  let own = new Float32Array(0);
  /** ONNX Runtime's Node binding takes no shared memory. */
  const unshared = (input: Float32Array): Float32Array => {
    if (!(input.buffer instanceof SharedArrayBuffer)) return input;
    if (own.length < input.length) own = new Float32Array(input.length);
    const copy = own.subarray(0, input.length);
    copy.set(input);
    return copy;
  };
  try {
    const axes = readAxes(session, options.file);
    return {
      axes,
      async run(input, shape) {
        checkInput(axes, input, shape, options.file);
        const feeds = {
          [axes.inputName]: new Tensor('float32', unshared(input), [shape.n, shape.c, shape.h, shape.w]),
        };
        const outputs = await session.run(feeds, [axes.outputName]).catch((error: unknown) => {
          throw describeRunError(error, describeShape(shape), options.file);
        });
        return readOutput(outputs[axes.outputName], options.file);
      },
      close: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

/**
 * An ONNX Runtime session, on the CPU or a GPU. Settings, measured on the CPU with small U-Nets: the arena on and the memory pattern off hold
 * memory flat over any mixture of shapes and need the least of it at full speed (pattern on: 1.7 times the memory; arena
 * off: slower, and not flat). Errors: MODEL_NOT_ONNX, MODEL_EXTERNAL_DATA (input), MODEL_MEMORY (resource).
 */
export async function createSession(bytes: Uint8Array, options: NetworkOptions): Promise<InferenceSession> {
  const { InferenceSession: Session } = await import('onnxruntime-node');
  return Session.create(bytes, {
    executionProviders:
      options.cudaDevice === undefined ? ['cpu'] : [{ name: 'cuda', deviceId: options.cudaDevice }, 'cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    enableCpuMemArena: true,
    enableMemPattern: false,
    logSeverityLevel: 4,
    // Threads that wait spin by default, and take the cores from whoever shares them: up to 1.6 times slower on a busy machine.
    ...(options.threads > 1 ? { extra: { session: { intra_op: { allow_spinning: '0' } } } } : {}),
  }).catch((error: unknown) => {
    throw openingError(error, options.file);
  });
}

export const describeShape = (s: ShapeNCHW): string => `${s.n}x${s.c}x${s.h}x${s.w}`;

function checkInput(axes: NetworkAxes, input: Float32Array, shape: ShapeNCHW, file: string): void {
  const wanted = [axes.batch, axes.bands, axes.height, axes.width];
  const given = [shape.n, shape.c, shape.h, shape.w];
  const fits = wanted.every((length, i) => length === null || length === given[i]);
  if (fits && input.length === shape.n * shape.c * shape.h * shape.w) return;
  const limit = wanted.map((length) => length ?? 'any').join('x');
  throw inputError(
    'MODEL_INPUT',
    `${file} takes inputs of ${limit}, but was given ${describeShape(shape)} in ${input.length} floats.`,
    {
      hint: 'The card and the network disagree; import the network again with `resflow model import`.',
      context: { file, limit, actual: describeShape(shape) },
    },
  );
}

function readOutput(
  output: InferenceSession.OnnxValueMapType[string] | undefined,
  file: string,
): { data: Float32Array; shape: ShapeNCHW } {
  const [n, c, h, w] = output?.dims ?? [];
  const data: unknown = output?.data;
  if (
    n === undefined ||
    c === undefined ||
    h === undefined ||
    w === undefined ||
    !(data instanceof Float32Array)
  ) {
    throw contractError(
      'MODEL_OUTPUT',
      `${file} gave an output of ${(output?.dims ?? []).join('x')} that is not float32 NCHW.`,
      {
        hint: 'Export the network again with one float32 output of four axes.',
        context: { file },
      },
    );
  }
  return { data, shape: { n, c, h, w } };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).trim();

const isMemory = (message: string): boolean => /alloc|out of memory/i.test(message);

function openingError(error: unknown, file: string): ResflowError {
  const why = messageOf(error);
  if (isMemory(why)) return memoryError(error, file, 'loading it');
  if (/external/i.test(why)) {
    return inputError('MODEL_EXTERNAL_DATA', `${file} keeps weights in other files: ${why}`, {
      hint: 'Save it as one file: onnx.save(onnx.load(FILE), NEW_FILE, save_as_external_data=False).',
      context: { file },
      cause: error,
    });
  }
  return inputError('MODEL_NOT_ONNX', `${file} cannot be loaded as an ONNX network: ${why}`, {
    hint: 'The file is damaged, cut short, or no ONNX of a version that ONNX Runtime knows; export or copy it again.',
    context: { file },
    cause: error,
  });
}

/** What a run that failed on an input of `shape` says: MODEL_RUN, or MODEL_MEMORY. */
export function describeRunError(error: unknown, shape: string, file: string): ResflowError {
  const why = messageOf(error);
  if (isMemory(why)) return memoryError(error, file, `running an input of ${shape}`);
  return inputError('MODEL_RUN', `${file} failed on an input of ${shape}: ${why}`, {
    hint: 'Sides may have to be multiples of a power of two (input.multiple on the card), or of one fixed size.',
    context: { file, actual: shape },
    cause: error,
  });
}

const memoryError = (error: unknown, file: string, doing: string): ResflowError =>
  resourceError(
    'MODEL_MEMORY',
    `There was not enough memory for ${file} while ${doing}: ${messageOf(error)}`,
    {
      hint: 'Use smaller chips, fewer workers, or a machine with more memory.',
      context: { file },
      cause: error,
    },
  );
