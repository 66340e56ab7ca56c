/** The probability of the class, as float32, of a logit. */
export const sigmoid = (logit: number, temperature: number): number =>
  Math.fround(1 / (1 + Math.exp(-logit / temperature)));

/** round(255 p), at least 1: 0 is left to pixels without data. */
export const confidenceByte = (probability: number): number => Math.max(1, Math.round(255 * probability));

/** What a pixel of class probability `p` becomes: bit 8 the class against background, bits 0-7 the confidence. */
export function packBinary(p: number, threshold: number): number {
  return p > threshold ? 256 | confidenceByte(p) : confidenceByte(1 - p);
}

/**
 * Class and confidence are a step function of the logit with about 260 steps; here are the logits at which it steps,
 * found by bisection over float32 with the very formula, so looking up gives the formula's results without an exp per pixel.
 */
export interface SigmoidTable {
  /** Smallest float32 logit of each step, rising; the first is -Infinity, and NaN stands after the last. */
  readonly starts: Float32Array;
  /** packBinary of each step. */
  readonly packed: Uint16Array;
  /** For each of BINS equal parts of [low, -low): a step at or a little below that of its lower end. */
  readonly binStep: Uint16Array;
  readonly low: number;
  readonly binsPerLogit: number;
}

const BINS = 4096;

/** Beyond this many temperatures a probability no longer changes the confidence byte (it does at 6.23). */
const REACH = 6.5;

/** Makes the table of one temperature and threshold (a float32); some thousand exps. */
export function createSigmoidTable(temperature: number, threshold: number): SigmoidTable {
  const at = (order: number) => packBinary(sigmoid(floatOfOrder(order), temperature), threshold);
  const starts: number[] = [];
  const packed: number[] = [];
  const end = orderOfFloat(Infinity);
  let order: number | null = orderOfFloat(-Infinity);
  while (order !== null) {
    const step = at(order);
    starts.push(floatOfOrder(order));
    packed.push(step);
    // Steps never come back to an earlier value, so "differs" stays true once it is true.
    order = firstOrder(order, end, (candidate) => at(candidate) !== step);
  }
  return addBins(Float32Array.from([...starts, Number.NaN]), Uint16Array.from(packed), temperature);
}

function addBins(starts: Float32Array, packed: Uint16Array, temperature: number): SigmoidTable {
  const low = -REACH * temperature;
  const binsPerLogit = BINS / (2 * REACH * temperature);
  const binStep = new Uint16Array(BINS);
  // A bin starts from the lower end of the bin before it, so that rounding of the bin's number cannot overshoot.
  for (let bin = 2, step = 0; bin < BINS; bin += 1) {
    const edge = low + (bin - 1) / binsPerLogit;
    while (edge >= (starts[step + 1] ?? Number.NaN)) step += 1;
    binStep[bin] = step;
  }
  return { starts, packed, binStep, low, binsPerLogit };
}

/** packBinary(sigmoid(logit, temperature), threshold) of a float32 logit, exactly; 0 for NaN, which no step has. */
export function lookUpSigmoid(table: SigmoidTable, logit: number): number {
  const { starts, binStep } = table;
  const place = (logit - table.low) * table.binsPerLogit;
  let step = place > 0 ? (binStep[place < BINS ? place | 0 : BINS - 1] ?? 0) : 0;
  while (logit >= (starts[step + 1] ?? Number.NaN)) step += 1;
  return logit === logit ? (table.packed[step] ?? 0) : 0;
}

const bits = new Int32Array(1);
const float = new Float32Array(bits.buffer);

/** float32 values as integers in the same order. */
function orderOfFloat(value: number): number {
  float[0] = value;
  const raw = bits[0] ?? 0;
  return raw >= 0 ? raw : -(raw & 0x7fffffff);
}

function floatOfOrder(order: number): number {
  bits[0] = order >= 0 ? order : -order | 0x80000000;
  return float[0] ?? Number.NaN;
}

/** The smallest integer in (from, to] for which a test holds that stays true once it is true; null if none. */
function firstOrder(from: number, to: number, test: (order: number) => boolean): number | null {
  if (from >= to || !test(to)) return null;
  let [no, yes] = [from, to];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (test(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}
