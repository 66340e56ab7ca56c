// The simulation's tables and plot: the measured points again, then the paper's scenes on 1 to 512 devices.
import { writeFileSync } from 'node:fs';
import sharp from 'sharp';
import { drawChart } from '../../dist/training/draw-curves.js';
import { median, table } from '../measure.mjs';
import { SHARE_MEGAPIXELS, simulate } from './simulate.mjs';

/** Paper, tables IV and V: minutes for 1 to 12 scenes, by GPUs. */
const PAPER_KM2 = [313.97, 1002.15, 2035.66, 2733.05, 3433.78, 4141.16];
const PAPER_MINUTES = {
  1: [3.36, 7.76, 13.64, 17.04, 19.49, 23.49],
  3: [3.31, 4.89, 9.18, 10.79, 14.22, 14.51],
  6: [2.74, 3.64, 6.21, 6.09, 7.7, 10.01],
  12: [2.97, 3.61, 4.42, 5.24, 5.63, 7.04],
  16: [3.11, 3.17, 3.79, 6.63, 8.51, 8.66],
  32: [5.06, 5.49, 6.82, 4.81, 6.18, 6.71],
};
/** By the paper's own U-Net: 1,220 images/s of 500 x 500 are 23.45 km2/s. */
const MEGAPIXELS_PER_SECOND = 305;
const MEGAPIXELS_PER_KM2 = 305 / 23.45;
/** Hosts of eight devices with 14 cores each, as are sold now; the paper's DGX-2 had 3 cores a GPU. */
const DEVICES_PER_HOST = 8;
const CORES_PER_DEVICE = 14;
const DGX2_CORES_PER_DEVICE = 3;
const SLOTS_PER_DEVICE = 8;
const REGION_MEGAPIXELS = 4096 ** 2 / 1e6;
const SMALL_REGION_MEGAPIXELS = 2048 ** 2 / 1e6;
const OVERLAP = 1.32;

const rest = { sessionStart: 0, slotStart: 0, bytesPerPixel: 3, shareMegapixels: SHARE_MEGAPIXELS };

/** @param measured what `--measure` kept. */
export function modelTables({ date, costs, points }) {
  const engine = { outcome: 0.0005 };
  const again = points.map((point) => {
    const { steadySeconds } = simulate({
      cluster: {
        hosts: 1,
        devicesPerHost: point.devices,
        coresPerHost: costs.cores,
        slotsPerDevice: point.slots,
        deviceMegapixelsPerSecond: point.rate,
        storageBytesPerSecond: Number.POSITIVE_INFINITY,
      },
      costs: {
        ...rest,
        ...costs,
        ...engine,
        shareMegapixels: point.shareMegapixels,
        // The no-op's layers are constant, and nothing is predicted at borders.
        encodeSerialShare: 1,
        seamStrip: 0,
        overlap: point.overlap,
        rowsPerRegion: 2,
      },
      scenes: point.scenes,
      regionMegapixels: point.regionMegapixels,
    });
    return { ...point, modelled: steadySeconds };
  });
  const lines = [
    `## Measured on this machine (${date}, ${costs.cores} cores)\n`,
    table(
      [
        'devices',
        'workers on each',
        'Mpx/s of a device',
        'regions',
        'start s',
        'whole run s',
        'regions 30 to 90 %, s',
        'of the model s',
        'model / measured',
      ],
      again.map((p) => [
        p.devices,
        p.slots,
        p.rate,
        p.regions,
        p.startSeconds.toFixed(1),
        p.seconds.toFixed(1),
        p.steadySeconds.toFixed(1),
        p.modelled.toFixed(1),
        (p.modelled / p.steadySeconds).toFixed(2),
      ]),
    ),
    '\n## Modelled: the paper’s scenes\n',
  ];
  const curves = [];
  const { text, efficiencies } = paperTables(
    costs,
    engine,
    median(points.map(({ startSeconds }) => startSeconds)),
  );
  lines.push(text);
  curves.push(...efficiencies);
  return { text: `${lines.join('\n')}\n`, curves };
}

/** Times and efficiencies of the paper's 12 scenes; `scenes` beyond that repeat their mean size. */
function paperTables(costs, engine, start) {
  const run = (
    devices,
    megapixels,
    { storage, cores = CORES_PER_DEVICE, region = REGION_MEGAPIXELS } = {},
  ) => {
    const hosts = Math.ceil(devices / DEVICES_PER_HOST);
    const devicesPerHost = devices / hosts;
    return simulate({
      cluster: {
        hosts,
        devicesPerHost,
        coresPerHost: cores * devicesPerHost,
        slotsPerDevice: SLOTS_PER_DEVICE,
        deviceMegapixelsPerSecond: MEGAPIXELS_PER_SECOND,
        storageBytesPerSecond: storage ?? Number.POSITIVE_INFINITY,
      },
      costs: {
        ...rest,
        ...costs,
        ...engine,
        encodeMegapixel: costs.townEncodeMegapixel,
        publishMegapixel: costs.townPublishMegapixel,
        publishPart: costs.townPublishPart,
        composePart: costs.townComposePart,
        publishSerialShare: costs.townPublishSerialShare,
        // The driver has a machine of its own.
        engineJobCore: 0,
        engineDriverCore: 0,
        sessionStart: start,
        overlap: OVERLAP,
        rowsPerRegion: 4,
      },
      scenes: megapixels,
      regionMegapixels: region,
    });
  };
  const minutes = (seconds) => (seconds / 60).toFixed(2);
  const gpus = Object.keys(PAPER_MINUTES).map(Number);
  const time = table(
    ['GPUs', ...PAPER_KM2.map((km2) => `${Math.round(km2)} km²`)],
    gpus.map((count) => [
      count,
      ...PAPER_KM2.map(
        (km2, i) => `${minutes(run(count, sceneSizes(km2)).seconds)} (${PAPER_MINUTES[count][i]})`,
      ),
    ]),
  );
  const all = sceneSizes(PAPER_KM2.at(-1));
  const counts = [1, 2, 4, 8, 12, 16, 32, 64, 128, 256, 512];
  const few = { cores: DGX2_CORES_PER_DEVICE };
  const one = {
    few: run(1, all, few),
    whole: run(1, all),
    compute: run(1, all),
    small: run(1, all, { region: SMALL_REGION_MEGAPIXELS }),
  };
  const many = Array.from({ length: 1440 }, (_, i) => 4500 * (0.5 + (i % 11) / 10));
  const manyOne = run(1, many);
  const rows = counts.map((count) => {
    const now = run(count, all);
    const small = run(count, all, { region: SMALL_REGION_MEGAPIXELS });
    const large = run(count, many);
    const limited = run(count, all, { storage: 10e9 });
    const dgx2 = run(count, all, few);
    return {
      count,
      seconds: now.computeSeconds,
      compute: one.compute.computeSeconds / (count * now.computeSeconds),
      small: one.small.computeSeconds / (count * small.computeSeconds),
      whole: one.whole.seconds / (count * now.seconds),
      limited: one.compute.computeSeconds / (count * limited.computeSeconds),
      many: manyOne.computeSeconds / (count * large.computeSeconds),
      use: now.deviceUse,
      few: one.few.computeSeconds / (count * dgx2.computeSeconds),
      fewUse: dgx2.deviceUse,
    };
  });
  const paper = gpus.map((count) => [count, PAPER_MINUTES[1][5] / (count * PAPER_MINUTES[count][5])]);
  const share = (value) => value.toFixed(2);
  const efficiency = table(
    [
      'devices',
      '12 scenes, s',
      'efficiency',
      'with regions of 2048 px',
      'devices busy',
      'session counted',
      'storage of 10 GB/s',
      '3 cores a device: efficiency',
      'devices busy',
      '1,440 scenes',
      'paper',
    ],
    rows.map((row) => [
      row.count,
      row.seconds.toFixed(1),
      share(row.compute),
      share(row.small),
      share(row.use),
      share(row.whole),
      share(row.limited),
      share(row.few),
      share(row.fewUse),
      share(row.many),
      share(paper.find(([count]) => count === row.count)?.[1] ?? Number.NaN).replace('NaN', ''),
    ]),
  );
  const points = (key) => rows.map((row) => [Math.log2(row.count), row[key]]);
  return {
    text: [
      'Minutes with the session’s start, the paper’s in brackets.\n',
      time,
      '\nStrong scaling against one device of the model itself; the paper against its own one-GPU time.\n',
      efficiency,
      `\nEach device reads ${(((MEGAPIXELS_PER_SECOND / OVERLAP) * 3) / 1000).toFixed(2)} GB/s of uncompressed pixels.`,
    ].join('\n'),
    efficiencies: [
      { name: '1,440 scenes', colour: '#2563eb', points: points('many') },
      { name: '12 scenes', colour: '#059669', points: points('compute'), dots: true },
      { name: '12, with the session', colour: '#d97706', points: points('whole') },
      { name: '12, storage 10 GB/s', colour: '#7c3aed', points: points('limited') },
      {
        name: 'paper, measured',
        colour: '#dc2626',
        points: paper.map(([x, y]) => [Math.log2(x), y]),
        dots: true,
      },
    ],
  };
}

/** Scenes of the sizes by which the paper's totals grow; where it grew by several at once, of equal size. */
function sceneSizes(km2) {
  const counts = [1, 2, 3, 2, 2, 2];
  const sizes = [];
  let before = 0;
  PAPER_KM2.forEach((total, i) => {
    if (total <= km2) for (let n = 0; n < counts[i]; n += 1) sizes.push((total - before) / counts[i]);
    before = total;
  });
  return sizes.map((size) => size * MEGAPIXELS_PER_KM2).sort((a, b) => b - a);
}

export async function drawPlot(curves, path) {
  const svg = drawChart({
    title: 'Strong-scaling efficiency, modelled from measured costs',
    subtitle:
      'the paper’s U-Net rate (305 Mpx/s a device), 8 devices and 112 cores a host; the paper’s points are its own measurements',
    xLabel: 'devices',
    xName: (power) => String(2 ** power),
    panels: [{ title: 'efficiency', unit: '', curves, range: [0, 1] }],
  });
  writeFileSync(path, await sharp(Buffer.from(svg)).png({ palette: true }).toBuffer());
}
