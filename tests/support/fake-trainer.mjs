#!/usr/bin/env node
// Stands in for Python where a test is not about training: `-m resflow_trainer hash|extractor SPEC` answers at once with
// fixture networks. The hash's planes are fixed, so clusters are told apart only as far as the fixture scenes go.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [, , , , command, specFile] = process.argv;
const spec = JSON.parse(readFileSync(specFile, 'utf8'));
const models = new URL('../fixtures/models/', import.meta.url);
const say = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const put = (model, name) => {
  const from = new URL(model, models);
  copyFileSync(from, join(spec.output, name));
  return createHash('sha256').update(readFileSync(from)).digest('hex');
};
say({ type: 'start', steps: 1 });
if (command === 'hash') {
  const sha256 = put('chip-hash.onnx', 'hash.onnx');
  const record = { version: 1, bits: 32, dims: 8, sha256, seed: spec.seed, steps: 1, quality: {} };
  writeFileSync(join(spec.output, 'hash.json'), JSON.stringify(record));
} else {
  const set = JSON.parse(readFileSync(join(spec.chipSet, 'set.json'), 'utf8'));
  const { chipPixels, gsdMetres, bands } = set;
  const normalisation = { kind: 'scene', clip: 3 };
  const sha256 = put('chip-encoder.onnx', 'encoder.onnx');
  const record = {
    version: 1,
    kind: spec.kind,
    dims: 8,
    chipPixels,
    gsdMetres,
    bands,
    normalisation,
    sha256,
  };
  writeFileSync(join(spec.output, 'encoder.json'), JSON.stringify(record));
}
say({ type: 'done', steps: 1, seconds: 0 });
