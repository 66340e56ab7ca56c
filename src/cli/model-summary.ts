import type { ModelCard } from '../model/card.ts';

const three = (value: number): string => value.toFixed(3);

/** Scores of a card, a line a split. */
export const scoreLines = (scores: ModelCard['scores']): string[] =>
  Object.entries(scores).map(([split, { iou, f1, precision, recall, perClass }]) => {
    const classes = Object.entries(perClass ?? {});
    const each =
      classes.length > 1
        ? ` (IoU ${classes.map(([name, value]) => `${name} ${three(value)}`).join(', ')})`
        : '';
    return `  ${split.padEnd(11)} IoU ${three(iou)}  F1 ${three(f1)}  precision ${three(precision)}  recall ${three(recall)}${each}`;
  });

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** The variants of a card, a line each. */
export const variantLines = ({ variants, defaultCpuVariant }: ModelCard): string[] =>
  Object.entries(variants).flatMap(([name, variant]) =>
    variant === undefined
      ? []
      : [
          [
            `  ${name.padEnd(11)} ${variant.file}, ${megabytes(variant.bytes)}`,
            ...(variant.scores === undefined ? [] : [`IoU ${three(variant.scores.iou)}`]),
            ...(variant.cpuMsPerMegapixel === undefined
              ? []
              : [`${Math.round(variant.cpuMsPerMegapixel)} ms a megapixel on one CPU thread`]),
            ...(variant.changedShare === undefined
              ? []
              : [`${(100 * variant.changedShare).toFixed(2)} % of class pixels differ`]),
            ...(name === defaultCpuVariant ? ['default on CPUs'] : []),
          ].join(', '),
        ],
  );
