// How a run on Spark scales: measured on this machine, and modelled past it. `node bench/scaling.mjs [--measure [--add]] [--model]`
// --measure  real Spark (local-cluster), real reads, writes and assembly; the network is a simulated accelerator that sleeps
//            as long as the paper's U-Net computes, or at a tenth of its rate where this machine could not feed more than one.
//            Costs and points go to .cache/bench/scaling.json; --add: beside what was measured there before, the medians count.
// --model    an event simulation fed with those costs alone: the measured points again, then 1 to 512 devices; tables to
//            stdout, the plot to docs/images/scaling.png.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median } from './measure.mjs';
import {
  measureCosts,
  measureDevice,
  measurePoint,
  measureRegions,
  prepare,
  SLOW,
} from './scaling/measure.mjs';
import { drawPlot, modelTables } from './scaling/model.mjs';
import { measureLayers } from './scaling/layers.mjs';
import { CACHE, ROOT } from './workspace.mjs';

const { values } = parseArgs({
  options: {
    measure: { type: 'boolean', default: false },
    model: { type: 'boolean', default: false },
    add: { type: 'boolean', default: false },
  },
});
const kept = join(CACHE, 'scaling.json');
const both = !values.measure && !values.model;

if (values.measure || both) {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'resflow-scaling-'));
  try {
    const bench = prepare(folder);
    const regions = [measureRegions(bench)];
    const engine = measureCosts(bench, regions[0]);
    const rest = { ...engine, ...(await measureDevice(bench)), ...(await measureLayers()) };
    const points = settings().map((setting) => {
      // A machine's speed drifts, and with a fast device these costs decide: measured in turn with such points.
      if (setting.rate > SLOW) regions.push(measureRegions(bench));
      return measurePoint(bench, setting);
    });
    const costs = { ...rest, ...medians([...regions, measureRegions(bench)]) };
    process.stderr.write(`costs: ${JSON.stringify(costs, null, 2)}\n`);
    const before = values.add && existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')).turns : [];
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(kept, JSON.stringify({ turns: [...before, { date, costs, points }] }, null, 2));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (values.model || both) {
  if (!existsSync(kept)) {
    process.stderr.write('Nothing has been measured yet: node bench/scaling.mjs --measure\n');
    process.exit(2);
  }
  const { turns } = JSON.parse(readFileSync(kept, 'utf8'));
  const { text, curves } = modelTables({
    date: turns.at(-1).date,
    costs: medians(turns.map(({ costs }) => costs)),
    points: turns[0].points.map((_, i) => medians(turns.map(({ points }) => points[i]))),
  });
  process.stdout.write(text);
  const picture = join(ROOT, 'docs', 'images', 'scaling.png');
  await drawPlot(curves, picture);
  process.stderr.write(`plot: ${picture}, ${Math.round(statSync(picture).size / 1024)} KiB\n`);
}

/** Of records that are alike: of each number the median, all else of the first. */
function medians(records) {
  const entries = Object.entries(records[0]).map(([key, value]) => [
    key,
    typeof value === 'number' ? median(records.map((record) => record[key])) : value,
  ]);
  return Object.fromEntries(entries);
}

/** Devices, workers on each, and their rate in megapixels a second: 305 is the paper's U-Net. */
function settings() {
  return [
    { devices: 1, slots: 1, rate: 30.5 },
    { devices: 1, slots: 2, rate: 30.5 },
    { devices: 2, slots: 1, rate: 30.5 },
    { devices: 2, slots: 2, rate: 30.5 },
    { devices: 4, slots: 1, rate: 30.5 },
    { devices: 1, slots: 1, rate: 305 },
    { devices: 1, slots: 2, rate: 305 },
    { devices: 1, slots: 3, rate: 305 },
  ];
}
