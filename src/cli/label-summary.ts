import type { LabelSource } from '../workspace/label-record.ts';

/** A label source as commands print it. */
export interface LabelSummary {
  readonly id: string;
  readonly path: string;
  readonly kind: 'vector' | 'raster';
  /** False where it hits no scene and was not stored. */
  readonly added: boolean;
  /** True where the same source, said the same way, was there before. */
  readonly replaced: boolean;
  readonly features: number | null;
  readonly complete: 'none' | 'scene' | 'polygons';
  readonly scenes: LabelSource['coverage'];
  readonly skipped: LabelSource['skipped'];
  readonly warnings: readonly string[];
}

export function labelSummary(
  record: LabelSource,
  told: { features: number | null; warnings: readonly string[]; added: boolean; replaced: boolean },
): LabelSummary {
  return {
    id: record.id,
    path: record.source.href,
    kind: record.kind,
    added: told.added,
    replaced: told.replaced,
    features: told.features,
    complete: record.complete.kind,
    scenes: record.coverage,
    skipped: record.skipped,
    warnings: told.warnings,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A label source as text: a line for the file, one for each scene, one for each warning. */
export function labelLines(label: LabelSummary): string[] {
  const { empty, invalid, repaired, outside } = label.skipped;
  const counts = Object.entries({ empty, invalid, mended: repaired, 'outside all scenes': outside }).filter(
    ([, n]) => n > 0,
  );
  const notes = counts.map(([name, n]) => `${n} ${name}`).join(', ');
  const features = label.features === null ? '' : `, ${label.features} features`;
  return [
    `${label.added ? label.id : 'not added'}  ${label.path} (${label.kind}${features}${notes === '' ? '' : `; ${notes}`})`,
    ...label.scenes.map(({ scene, objects, labelledShare, classShares }) => {
      const classes = Object.entries(classShares).map(([name, share]) => `${name} ${percent(share)}`);
      return `  ${scene}: ${label.kind === 'vector' ? `${objects} objects, ` : ''}${percent(labelledShare)} labelled (${classes.join(', ')})`;
    }),
    ...label.warnings.map((warning) => `  warning: ${warning}`),
  ];
}
