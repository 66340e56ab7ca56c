/** What an ONNX file's weights are, without loading them. */
export interface WeightSummary {
  /** Numbers in all stored tensors of floats. */
  readonly parameters: number;
  /** Files that weights are kept in outside this one. */
  readonly external: readonly string[];
}

// Field numbers of onnx.proto.
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR = { dims: 1, dataType: 2, externalData: 13 } as const;
const ENTRY = { key: 1, value: 2 } as const;
/** FLOAT, FLOAT16, DOUBLE, BFLOAT16. */
const FLOAT_TYPES = new Set([1, 10, 11, 16]);

/** Walks the protobuf message of an ONNX file as far as its weights. Throws RangeError where the bytes are no message. */
export function summariseWeights(bytes: Uint8Array): WeightSummary {
  let parameters = 0;
  const external = new Set<string>();
  for (const graph of messages(bytes, MODEL_GRAPH)) {
    for (const tensor of messages(graph, GRAPH_INITIALIZER)) {
      const summary = summariseTensor(tensor);
      parameters += summary.numbers;
      for (const file of summary.external) external.add(file);
    }
  }
  return { parameters, external: [...external].sort() };
}

function summariseTensor(tensor: Uint8Array): { numbers: number; external: string[] } {
  let numbers = 1;
  let type = 0;
  const external: string[] = [];
  for (const field of fields(tensor)) {
    if (field.number === TENSOR.dims) {
      if (typeof field.value === 'number') numbers *= field.value;
      else for (const length of packedIntegers(field.value)) numbers *= length;
    }
    if (field.number === TENSOR.dataType && typeof field.value === 'number') type = field.value;
    if (field.number === TENSOR.externalData && typeof field.value !== 'number') {
      const entry = new Map([...fields(field.value)].map(({ number, value }) => [number, textOf(value)]));
      if (entry.get(ENTRY.key) === 'location') external.push(entry.get(ENTRY.value) ?? '');
    }
  }
  return { numbers: FLOAT_TYPES.has(type) ? numbers : 0, external };
}

const textOf = (value: number | Uint8Array): string =>
  typeof value === 'number' ? String(value) : new TextDecoder().decode(value);

function* messages(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const { number, value } of fields(bytes))
    if (number === wanted && typeof value !== 'number') yield value;
}

function* packedIntegers(bytes: Uint8Array): Generator<number> {
  for (let at = 0; at < bytes.length;) {
    const [value, next] = readVarint(bytes, at);
    yield value;
    at = next;
  }
}

/** Fields of one protobuf message: integers as numbers, byte strings and messages as views; fixed-width ones as views too. */
function* fields(bytes: Uint8Array): Generator<{ number: number; value: number | Uint8Array }> {
  for (let at = 0; at < bytes.length;) {
    const [key, afterKey] = readVarint(bytes, at);
    const number = Math.floor(key / 8);
    const wire = key % 8;
    if (wire === 0) {
      const [value, next] = readVarint(bytes, afterKey);
      yield { number, value };
      at = next;
      continue;
    }
    const [length, start] = wire === 2 ? readVarint(bytes, afterKey) : [fixedLength(wire), afterKey];
    if (start + length > bytes.length)
      throw new RangeError(`a field of ${length} bytes passes the end of the message`);
    yield { number, value: bytes.subarray(start, start + length) };
    at = start + length;
  }
}

function fixedLength(wire: number): number {
  if (wire === 1) return 8;
  if (wire === 5) return 4;
  throw new RangeError(`no protobuf field has wire type ${wire}`);
}

function readVarint(bytes: Uint8Array, start: number): [value: number, next: number] {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = bytes[start + i];
    if (byte === undefined) throw new RangeError('a number passes the end of the message');
    value += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return [value, start + i + 1];
  }
  throw new RangeError('a number is longer than 10 bytes');
}
