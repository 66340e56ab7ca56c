import type { ObjectOverlaps, RasterObject } from './object-tally.ts';

export interface MatchRule {
  /** Least IoU of a match. */
  readonly iou: number;
  /** Smaller objects are left out, on both sides. */
  readonly minPixels: number;
  /** Objects of which a smaller share can be judged (labelled and mapped) are left out. */
  readonly minJudgedShare: number;
}

export type ObjectVerdict = 'truePositive' | 'falsePositive' | 'falseNegative';

/** One object that counts, and where it lies. A match lies at its labelled object. */
export interface JudgedObject {
  readonly verdict: ObjectVerdict;
  readonly category: number;
  readonly x: number;
  readonly y: number;
}

/**
 * Matches mapped with labelled objects of the same class one to one, best IoU first; above 0.5 no object has two
 * candidates, so the greedy choice is the only one. IoU is taken over judged pixels only. Too small objects take part in
 * the matching but do not count: a match with a labelled object that is left out is no success and no failure, and a
 * mapped object a hair under the limit still finds its label (as COCO's evaluation treats ignored regions).
 */
export function matchObjects(found: ObjectOverlaps, rule: MatchRule): JudgedObject[] {
  const { mapped, labelled } = found;
  const partnerOfMapped = new Map<number, number>();
  const partnerOfLabelled = new Map<number, number>();
  for (const { mapped: m, labelled: l } of candidates(found, rule.iou)) {
    if (partnerOfMapped.has(m) || partnerOfLabelled.has(l)) continue;
    partnerOfMapped.set(m, l);
    partnerOfLabelled.set(l, m);
  }
  const counts = (object: RasterObject) =>
    object.pixels >= rule.minPixels &&
    object.judged >= rule.minJudgedShare * object.pixels &&
    object.judged > 0;
  const judged: JudgedObject[] = [];
  labelled.forEach((object, l) => {
    if (counts(object))
      judged.push(judge(object, partnerOfLabelled.has(l) ? 'truePositive' : 'falseNegative'));
  });
  mapped.forEach((object, m) => {
    if (counts(object) && !partnerOfMapped.has(m)) judged.push(judge(object, 'falsePositive'));
  });
  return judged;
}

function candidates({ mapped, labelled, overlaps }: ObjectOverlaps, least: number) {
  return overlaps
    .map((overlap) => {
      const union =
        (mapped[overlap.mapped]?.judged ?? 0) + (labelled[overlap.labelled]?.judged ?? 0) - overlap.pixels;
      return { ...overlap, iou: overlap.pixels / union };
    })
    .filter(({ iou }) => iou >= least)
    .sort((a, b) => b.iou - a.iou || a.labelled - b.labelled || a.mapped - b.mapped);
}

const judge = (object: RasterObject, verdict: ObjectVerdict): JudgedObject => ({
  verdict,
  category: object.category,
  x: object.centroidX,
  y: object.centroidY,
});
