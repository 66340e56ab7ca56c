import { z } from 'zod';
import { usageError } from '../core/errors.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { readRun } from '../workspace/runs.ts';
import { defineCommand } from './command.ts';
import { explainPixel, type Explained } from './routing/explain-pixel.ts';
import { textTable } from './text-table.ts';

const NEAREST = 5;

export const mapExplainCommand = defineCommand({
  path: ['map', 'explain'],
  summary: 'Say why a place on a map is what it is',
  description:
    'Of one place: scene and pixel, class and confidence; of a map by a gallery also the chip it lies in, its code, how far each bucket is, which model mapped it and why, how good that model was there in validation, and the training chips that look most alike.',
  args: [{ name: 'run', description: 'the run, or latest', required: true }],
  options: [
    { flags: '--at <lon,lat>', description: 'the place, in degrees, longitude first' },
    { flags: '--limit <n>', description: `chips that look alike [${NEAREST}]` },
  ],
  examples: ['resflow map explain latest --at 85.3241,27.7172'],
  input: z.object({
    run: z.string().min(1),
    at: z.string(),
    limit: z.coerce.number().int().nonnegative().default(NEAREST),
  }),
  async run({ run, at, limit }, context) {
    const root = context.workspace;
    await openWorkspace(root, 'read');
    return explainPixel(root, await readRun(root, run), { at: parsePlace(at), limit });
  },
  render: renderExplained,
});

function parsePlace(text: string): [lon: number, lat: number] {
  const match = /^\s*(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)\s*$/.exec(text);
  const [lon, lat] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && Math.abs(lon) <= 360 && Math.abs(lat) <= 90) return [lon, lat];
  throw usageError('BAD_PLACE', `--at ${text} is no place.`, {
    hint: 'Give longitude and latitude in degrees: --at 85.3241,27.7172.',
  });
}

function renderExplained({ routing, ...pixel }: Explained): string {
  const lines = [
    `scene       ${pixel.scene}, column ${pixel.column}, row ${pixel.row} of the map`,
    `class       ${pixel.className} (${pixel.classId}), confidence ${pixel.confidence.toFixed(3)}`,
    `model       ${pixel.model}`,
  ];
  if (routing === null) return lines.join('\n');
  const score = (value: { iou: number; low: number; high: number } | null) =>
    value === null ? '-' : `${value.iou.toFixed(3)} (${value.low.toFixed(3)} to ${value.high.toFixed(3)})`;
  lines.push(
    `            ${routing.why}`,
    `chip        ${routing.chip.id}, code ${routing.chip.code ?? 'none: too little data'}`,
  );
  if (routing.bucket !== null)
    lines.push(
      `bucket      ${routing.bucket}${routing.unknown ? ', but unknown' : ''}; margin ${routing.margin} bits`,
    );
  if (routing.second !== null)
    lines.push(
      `between     bucket ${routing.second.bucket} has ${(100 * routing.second.share).toFixed(0)} % of the say, by ${routing.second.model}`,
    );
  if (routing.scores !== null) {
    const own = routing.decision === 'mono' ? 'of the specialist that was not taken' : 'of its model';
    lines.push(
      `validation  IoU there ${score(routing.scores.mono)} of Mono, ${score(routing.scores.model)} ${own}`,
    );
  }
  lines.push(
    '',
    ...textTable(
      ['bucket', 'bits', 'model'],
      routing.distances.map(({ bucket, bits, model }) => [
        String(bucket),
        bits === null ? '-' : String(bits),
        model,
      ]),
    ),
  );
  if (routing.alike.length > 0) {
    const rows = routing.alike.map((chip) => [String(chip.bits), chip.id, chip.place, String(chip.bucket)]);
    lines.push('', `Most alike${routing.alikeOf}:`, ...textTable(['bits', 'chip', 'place', 'bucket'], rows));
  }
  return lines.join('\n');
}
