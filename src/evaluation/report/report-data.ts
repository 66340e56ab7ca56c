import type { ModelCard } from '../../model/card.ts';
import type { HistoryPoint } from '../../training/history.ts';
import type { Evaluation, WorstBlock } from '../schema.ts';

/** Pictures of one scene or crop as data URIs; all of the same ground and size. */
export interface PictureSet {
  readonly image: string;
  /** null where the page does not show it. */
  readonly labels: string | null;
  readonly map: string;
  readonly errors: string;
  readonly width: number;
  readonly height: number;
  readonly metresWide: number;
}

export interface WorstPicture {
  readonly block: WorstBlock;
  readonly pictures: PictureSet;
  /** The block inside the crop, shares of its width and height. */
  readonly frame: {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  };
}

export interface ScenePictures {
  readonly scene: string;
  readonly pictures: PictureSet;
  /** Size of the grid that `worst` windows are on. */
  readonly grid: { readonly width: number; readonly height: number };
}

/** Everything the page shows. */
export interface ReportData {
  readonly evaluation: Evaluation;
  readonly card: ModelCard | null;
  readonly history: readonly HistoryPoint[];
  readonly scenes: readonly ScenePictures[];
  readonly worst: readonly WorstPicture[];
  readonly programVersion: string;
}
