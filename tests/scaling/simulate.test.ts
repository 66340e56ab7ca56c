import { describe, expect, it } from 'vitest';
import { simulate, type SimulatedCluster, type SimulatedCosts } from '../../bench/scaling/simulate.mjs';

const FREE: SimulatedCosts = {
  sessionStart: 0,
  slotStart: 0,
  engineTask: 0,
  engineAssembly: 0,
  engineJobCore: 0,
  engineDriverCore: 0,
  engineTaskCore: 0,
  engineRegionCore: 0,
  contention: 1,
  readMegapixel: 0,
  encodeMegapixel: 0,
  encodeSerialShare: 1,
  regionCore: 0,
  deviceBatchCore: 0,
  outcome: 0,
  publishPart: 0,
  composePart: 0,
  publishSerialShare: 1,
  publishMegapixel: 0,
  sealScene: 0,
  seamStrip: 0,
  shareMegapixels: Number.POSITIVE_INFINITY,
  bytesPerPixel: 3,
  overlap: 1,
  rowsPerRegion: 4,
};
const ONE: SimulatedCluster = {
  hosts: 1,
  devicesPerHost: 1,
  coresPerHost: 64,
  slotsPerDevice: 1,
  deviceMegapixelsPerSecond: 100,
  storageBytesPerSecond: Number.POSITIVE_INFINITY,
};
const run = (cluster: Partial<SimulatedCluster>, costs: Partial<SimulatedCosts>, scenes: number[] = [1600]) =>
  simulate({ cluster: { ...ONE, ...cluster }, costs: { ...FREE, ...costs }, scenes, regionMegapixels: 16 });

describe('the simulation of a cluster, against what can be reckoned by hand', () => {
  it('takes as long as the devices compute where nothing else costs', () => {
    expect(run({}, {}).seconds).toBeCloseTo(16, 9);
    expect(run({}, {}).deviceUse).toBeCloseTo(1, 9);
    // Four slots end together but for a last Spark task of half a second.
    expect(run({ hosts: 4 }, {}).seconds).toBeGreaterThanOrEqual(4 - 1e-9);
    expect(run({ hosts: 4 }, {}).seconds).toBeLessThan(4.5);
    expect(run({}, { overlap: 1.25 }).seconds).toBeCloseTo(20, 9);
  });

  it('ends with the largest share where regions do not divide evenly', () => {
    // 100 regions of 0.16 s on 32 devices: three jobs of one each; of the last four, three make half a second.
    expect(run({ hosts: 32 }, {}).seconds).toBeCloseTo(6 * 0.16, 9);
  });

  it('hides reading and encoding behind the device but for the ends of Spark tasks, and there with a second worker', () => {
    // A row of 4 Mpx: 0.02 s to read, 0.04 s to compute; a region is computed in 0.16 s and encoded in 0.08.
    const costs = { readMegapixel: 0.005, encodeMegapixel: 0.005 };
    const ends = (run({}, costs).seconds - 16) / 0.1;
    // 100 regions in tasks of up to three seconds, that is of 18, fewer at the end.
    expect(ends).toBeCloseTo(Math.round(ends), 6);
    expect(ends).toBeGreaterThanOrEqual(6);
    expect(ends).toBeLessThan(20);
    expect(run({ slotsPerDevice: 2 }, costs).seconds).toBeLessThan(16.5);
    // Regions that take longer than a task should have one each, and nothing to overlap with.
    const long = run({ deviceMegapixelsPerSecond: 4 }, costs);
    expect(long.seconds).toBeCloseTo(100 * (0.02 + 4 + 0.08), 6);
  });

  it('seals a scene of several shares after the last of them', () => {
    // 100 regions of 4000 x 4000, each with 31.25 strips on its border.
    const costs = { publishPart: 0.01, sealScene: 5, seamStrip: 3 / 3125, shareMegapixels: 400 };
    // 16 s of the device, then by the one slot four shares of a second each, among which the seams are dealt, and the seal.
    expect(run({}, costs).seconds).toBeCloseTo(16 + 4 + 3 + 5, 6);
    expect(run({}, { ...costs, engineAssembly: 0.5 }).seconds).toBeCloseTo(16 + 4 + 3 + 5 + 4 * 0.5, 6);
    // By four slots side by side.
    expect(run({ slotsPerDevice: 4 }, costs).seconds).toBeCloseTo(16 + 1 + 0.75 + 5, 1);
    // The shares on five cores each.
    const pooled = { ...costs, publishSerialShare: 0.2 };
    expect(run({}, pooled).seconds).toBeCloseTo(16 + 0.8 + 3 + 5, 6);
    // At once, without a seal.
    expect(run({}, { ...costs, shareMegapixels: 1600 }).seconds).toBeCloseTo(16 + 1 + 3, 6);
  });

  it('deals the overviews to the shares, sixteen regions to one at least', () => {
    // 100 regions: seven overviews. Four shares, one after the other or side by side; twenty-five, of which seven compose.
    const costs = { composePart: 0.01, shareMegapixels: 400 };
    expect(run({}, costs).seconds).toBeCloseTo(16 + 1, 6);
    expect(run({ slotsPerDevice: 4 }, costs).seconds).toBeCloseTo(16 + 1 / 4, 1);
    expect(run({ slotsPerDevice: 60 }, costs).seconds).toBeCloseTo(16 + 1 / 7, 2);
    const pooled = { ...costs, publishPart: 0.01, publishSerialShare: 0.2 };
    expect(run({}, pooled).seconds).toBeCloseTo(16 + 0.2 * (4 + 1), 6);
  });

  it('gives smaller shares to slots that have nothing else to do, of a quarter of 256 megapixels at least', () => {
    const costs = { publishMegapixel: 0.01, shareMegapixels: 400 };
    const few = run({ slotsPerDevice: 4 }, costs).seconds;
    // 16 s of assembly, in 4 shares, in 16, in 25 of 64 megapixels.
    expect(few).toBeCloseTo(16 + 4, 1);
    expect(run({ slotsPerDevice: 16 }, costs).seconds).toBeCloseTo(16 + 1, 1);
    expect(run({ slotsPerDevice: 60 }, costs).seconds).toBeCloseTo(16 + 0.64, 1);
  });

  it('compresses on four cores beside the one that gives them their blocks', () => {
    const costs = { encodeMegapixel: 0.01, encodeSerialShare: 0.2 };
    const long = { deviceMegapixelsPerSecond: 4 };
    // A region of 16 Mpx has one task, and nothing to overlap with: 4 s of the device, 0.16 s of cores.
    expect(run(long, costs).seconds).toBeCloseTo(100 * (4 + 0.8 * 0.04), 6);
    expect(run(long, { ...costs, encodeSerialShare: 0.4 }).seconds).toBeCloseTo(100 * (4 + 0.4 * 0.16), 6);
    expect(run({ ...long, coresPerHost: 1 }, costs).seconds).toBeCloseTo(100 * (4 + 0.16), 6);
  });

  it('asks a device for each row of chips, which waits meanwhile unless another worker has asked', () => {
    const costs = { deviceBatchCore: 0.01 };
    // A region's first row is asked for while the region before it is computed, but for the first of a Spark task.
    const asked = (run({}, costs).seconds - 16) / 0.01;
    expect(asked).toBeCloseTo(Math.round(asked), 6);
    expect(asked).toBeGreaterThan(300 + 6 - 1e-6);
    expect(asked).toBeLessThan(300 + 20);
    expect(run({ slotsPerDevice: 2 }, costs).seconds).toBeCloseTo(16, 1);
  });

  it('is bound by cores, by storage, by the coordinator, each where it is the narrowest', () => {
    const cores = run(
      { coresPerHost: 2, slotsPerDevice: 8 },
      { readMegapixel: 0.015, encodeMegapixel: 0.01 },
    );
    expect(cores.seconds).toBeGreaterThan((1600 * 0.025) / 2 - 1e-9);
    expect(cores.seconds).toBeLessThan(((1600 * 0.025) / 2) * 1.05);
    const storage = run({ hosts: 8, slotsPerDevice: 2, storageBytesPerSecond: 300e6 }, {});
    expect(storage.seconds).toBeGreaterThan(16);
    expect(storage.seconds).toBeLessThan(16.2);
    const coordinator = run({ hosts: 32, slotsPerDevice: 2 }, { outcome: 0.1 });
    expect(coordinator.seconds).toBeGreaterThan(10);
    expect(coordinator.seconds).toBeLessThan(10.5);
  });

  it('lets a core take longer while the others are at work, and shares them with the engine', () => {
    const costs = { encodeMegapixel: 0.01 };
    const fast = { deviceMegapixelsPerSecond: 1e9, slotsPerDevice: 2, coresPerHost: 2 };
    // 0.16 s for each of 100 regions, one of which is too many to share evenly.
    expect(run(fast, costs).seconds).toBeCloseTo(8.16, 2);
    // A worker has one thread, and no use for a second core.
    expect(run({ ...fast, slotsPerDevice: 1 }, costs).seconds).toBeCloseTo(16, 2);
    // Two at work, each half as fast: as long as one alone.
    expect(run(fast, { ...costs, contention: 2 }).seconds).toBeGreaterThan(15);
    expect(run({ ...fast, slotsPerDevice: 1 }, { ...costs, contention: 2 }).seconds).toBeCloseTo(16, 2);
    // 100 regions, 0.08 s of the two cores each, beside 0.16 s of the slots.
    expect(run(fast, { ...costs, engineRegionCore: 0.08 }).seconds).toBeGreaterThan(12 - 0.2);
    // One slot waits a second for each of its Spark tasks, of three seconds at most; beside it cores work for nobody else.
    const tasks = run({}, { engineTask: 1 }).seconds - run({}, {}).seconds;
    expect(tasks).toBeCloseTo(Math.round(tasks), 6);
    expect(tasks).toBeGreaterThan(16 / 3);
    expect(tasks).toBeLessThan(16);
    expect(run({}, { engineTaskCore: 0.01 }).seconds).toBeCloseTo(run({}, {}).seconds, 1);
    // A job has a task for each slot: with two of them, half as many jobs as tasks.
    const busy = (more: object) => run({ ...fast, coresPerHost: 1 }, { ...costs, ...more }).seconds;
    const [ofTasks, ofJobs] = [{ engineTaskCore: 0.02 }, { engineJobCore: 0.02 }].map(
      (more) => busy(more) - busy({}),
    );
    expect(ofTasks).toBeGreaterThan(0.2);
    expect(ofJobs).toBeCloseTo((ofTasks ?? 0) / 2, 1);
    expect(busy({ engineDriverCore: 0.08 })).toBeCloseTo(busy({ engineRegionCore: 0.08 }), 6);
  });

  it('shares cores by turns, so that long work does not hold up short', () => {
    // On one core: half a second for each Spark task, and reading that takes a tenth of the device's time.
    const costs = { readMegapixel: 0.001, engineTaskCore: 0.5 };
    expect(run({ coresPerHost: 1 }, costs).seconds).toBeLessThan(16 * 1.1);
  });

  it('puts a scene together after its last region and what was sent before it was known, by the first slot that is free', () => {
    const scenes = [160, 160, 160];
    const one = run({}, { publishPart: 0.3 }, scenes);
    // One slot does it all: 4.8 s of the device, and three seconds a scene in between.
    expect(one.seconds).toBeCloseTo(4.8 + 3 * 3, 6);
    // With a second slot the device goes on meanwhile, and the last scene alone is waited for.
    const two = run({ slotsPerDevice: 2 }, { publishPart: 0.1 }, scenes);
    expect(two.seconds).toBeGreaterThanOrEqual(4.8 + 1 - 1e-9);
    // It is known when its job has ended: half a second, four regions.
    expect(two.seconds).toBeLessThan(4.8 + 1 + 4 * 0.16 + 1e-6);
    const four = run({ hosts: 4 }, { publishMegapixel: 0.01 }, scenes);
    expect(four.assemblySeconds).toBeCloseTo(4.8, 6);
    // Idle slots take shares of the last scene, which one alone would put together in 1.6 s: little more than four slots need.
    expect(four.seconds).toBeGreaterThanOrEqual((4.8 + 4.8) / 4 - 1e-9);
    expect(four.seconds).toBeLessThan((4.8 + 4.8) / 4 + 0.2);
    // In smaller shares no scene's whole assembly is in the way of others.
    const shared = run({ hosts: 4 }, { publishMegapixel: 0.01, shareMegapixels: 40 }, scenes);
    expect(shared.assemblySeconds).toBeCloseTo(4.8, 6);
    expect(shared.seconds).toBeLessThan((4.8 + 4.8) / 4 + 0.2);
  });

  it('counts the session only where it is asked for', () => {
    const result = run({ hosts: 2 }, { sessionStart: 20, slotStart: 1 });
    // 100 regions of 0.16 s on two: one of them has one more.
    expect(result.seconds).toBeCloseTo(20 + 1 + 8 + 0.16, 6);
    expect(result.computeSeconds).toBeCloseTo(9.16, 6);
  });
});
