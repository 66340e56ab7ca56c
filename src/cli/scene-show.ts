import { z } from 'zod';
import { describeRule } from '../ingest/inspect-scene.ts';
import type { SceneItem } from '../workspace/scene-record.ts';
import { readScene } from '../workspace/scenes.ts';
import { openWorkspace } from '../workspace/workspace.ts';
import { defineCommand } from './command.ts';
import { sceneLine, sceneSummary } from './scene-summary.ts';

export const sceneShowCommand = defineCommand({
  path: ['scene', 'show'],
  summary: 'Show all that is recorded of a scene (with --json: its STAC Item)',
  args: [{ name: 'id', description: 'the scene', required: true }],
  input: z.object({ id: z.string() }),
  async run({ id }, context) {
    await openWorkspace(context.workspace, 'read');
    return readScene(context.workspace, id);
  },
  render,
});

function render(scene: SceneItem): string {
  const { properties } = scene;
  const source = properties['resflow:source'];
  const columns = properties['resflow:gsd_columns'].toPrecision(4);
  const rows = properties['resflow:gsd_rows'].toPrecision(4);
  const bands = scene.assets.image.bands.map((band) => {
    const { minimum, maximum, mean, stddev } = band.statistics;
    const [low, high, middle, spread] = [minimum, maximum, mean, stddev].map((v) => Number(v.toPrecision(5)));
    return `  ${band.index} ${band.name} (${band.data_type}): ${low} to ${high}, mean ${middle}, deviation ${spread}`;
  });
  return [
    sceneLine(sceneSummary(scene)),
    `source    ${source.href}${source.size === null ? '' : `, ${source.size} bytes`}`,
    `taken     ${properties.datetime ?? `unknown, before ${properties.end_datetime ?? '?'}`}`,
    `CRS       ${properties['proj:code'] ?? 'without a code'}${properties['resflow:crs_assigned'] ? ' (given by the user)' : ''}`,
    `GSD       ${columns} m along columns, ${rows} m along rows, on the ground`,
    `no data   ${describeRule(properties['resflow:no_data'])}; ${(100 * properties['resflow:valid_share']).toFixed(2)} % valid`,
    `box       ${scene.bbox.map((v) => v.toFixed(6)).join(', ')} (west, south, east, north)`,
    'bands',
    ...bands,
  ].join('\n');
}
