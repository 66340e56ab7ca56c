import { workspaceError } from '../../core/errors.ts';
import type { RunRecord } from '../../workspace/run-record.ts';

/** Nothing tells whether a map is right. `scene` null: of all scenes of the run. */
export const noLabels = (run: RunRecord, scene: string | null) =>
  workspaceError(
    'NO_LAYER',
    `No labels of '${run.application}' speak about ${scene === null ? `the scenes of run '${run.id}'` : `scene '${scene}'`}.`,
    {
      hint: `Errors are seen where there are labels: \`resflow label add ${run.application} FILE ...\`.`,
      context: { run: run.id, ...(scene === null ? {} : { scene }) },
    },
  );

/** A run has no such layer (yet), of a scene or of all. */
export function noLayer(run: RunRecord, scene: string | null, layer: string) {
  const mapped = run.scenes.filter((one) => scene === null || one.scene === scene);
  const layers = [...new Set(mapped.flatMap((one) => Object.keys(one.layers)))];
  const of = scene === null ? `Run '${run.id}'` : `The map of '${scene}' in run '${run.id}'`;
  return workspaceError('NO_LAYER', `${of} has no layer '${layer}'.`, {
    hint:
      layers.length > 0
        ? `It has: ${layers.join(', ')}.`
        : mapped.length > 0
          ? 'It is not finished yet.'
          : `The run maps: ${run.scenes
              .slice(0, 10)
              .map((one) => one.scene)
              .join(', ')}.`,
    context: { run: run.id, ...(scene === null ? {} : { scene }), layer },
  });
}
