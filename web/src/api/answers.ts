import type { z } from 'zod';
import type { GalleryDescription } from '../../../src/cli/gallery/describe-gallery.ts';
import type { Explained } from '../../../src/cli/routing/explain-pixel.ts';
import type { Evaluation, WorstBlock } from '../../../src/evaluation/schema.ts';
import type { BucketNeed } from '../../../src/gallery/suggest-chips.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import type { HistoryPoint } from '../../../src/training/history.ts';
import type { SceneView } from '../../../src/server/api/scenes.ts';
import type { Region } from '../../../src/server/run-regions.ts';
import type { tileJsonSchema } from '../../../src/server/tiles/tile-json.ts';
import type { RunView } from '../../../src/server/run-view.ts';
import type { Application } from '../../../src/workspace/application-record.ts';
import type { ModelGallery } from '../../../src/workspace/model-gallery-record.ts';

/** The answers of the server, by the schemas that it is built from: what disagrees does not compile. */
export type {
  BucketNeed,
  Evaluation,
  Explained,
  HistoryPoint,
  ModelCard,
  ModelGallery,
  Region,
  RunView,
  SceneView,
  WorstBlock,
};

export interface ScenesAnswer {
  readonly scenes: readonly SceneView[];
}

export interface RunsAnswer {
  readonly runs: readonly RunView[];
}

export interface RegionsAnswer {
  readonly regions: readonly Region[];
}

export interface ApplicationsAnswer {
  readonly applications: readonly (Application & {
    readonly labels: number;
    readonly models: number;
    readonly galleries: number;
  })[];
}

/** What describes tiles. */
export type TileJson = z.infer<typeof tileJsonSchema>;
export type LegendEntry = NonNullable<TileJson['legend']>[number];

/** A model in lists. */
export interface ModelSummary {
  readonly id: string;
  readonly created: string;
  readonly bucket: string | null;
  readonly network: string;
  readonly parameters: number;
  readonly scores: ModelCard['scores'];
}

export interface ModelsAnswer {
  readonly models: readonly ModelSummary[];
  readonly galleries: readonly ModelGallery[];
}

export interface ModelAnswer {
  readonly card: ModelCard;
  readonly history: readonly HistoryPoint[];
}

/** What a run would do and cost. */
export interface PlanAnswer {
  readonly regions: number;
  readonly pixelsWritten: number;
  readonly expectedSeconds: number;
  /** Scenes of a routed map that the gallery does not know: what is said of cost is the least. */
  readonly unroutedScenes: number;
  readonly workers: number;
  readonly peakMemoryMiB: number;
  readonly maxMemoryMiB: number;
  readonly outputBytes: number;
  readonly refused: readonly {
    readonly scene: string;
    readonly problems: readonly { readonly message?: unknown }[];
  }[];
}

/** A chip of the gallery. */
export interface ChipView {
  readonly id: string;
  readonly scene: string;
  readonly place: string;
  readonly acquired: string | null;
  readonly bucket: number;
  readonly distance: number;
  readonly margin: number;
  readonly centre: readonly [lon: number, lat: number];
}

export interface TypicalAnswer {
  readonly chips: readonly ChipView[];
}

export interface AlikeAnswer {
  readonly query: { readonly kind: string; readonly name: string; readonly code: string };
  readonly searched: number;
  readonly milliseconds: number;
  readonly chips: readonly (ChipView & { readonly bits: number })[];
}

export interface SuggestAnswer {
  readonly chipsRanked: number;
  readonly chipsLabelled: number;
  readonly buckets: readonly BucketNeed[];
  readonly chips: readonly (ChipView & {
    readonly gain: number;
    readonly uncertainty: number | null;
    readonly bitsToLabelled: number | null;
  })[];
}

/** All chips, column by column; x and y are a place in the plane where like lies near like. */
export interface ChipColumns {
  readonly partition: string;
  readonly total: number;
  readonly id: readonly string[];
  readonly scene: readonly string[];
  readonly place: readonly string[];
  readonly acquired: readonly (string | null)[];
  readonly bucket: readonly number[];
  readonly lon: readonly number[];
  readonly lat: readonly number[];
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The gallery, without where it lies. */
export type GalleryAnswer = Omit<GalleryDescription, 'folder' | 'chipsFolder' | 'plot'>;

/** What a model says of a part of a scene. */
export interface PredictAnswer {
  readonly model: string;
  readonly scene: string;
  readonly validPixels: number;
  readonly classes: readonly {
    readonly value: number;
    readonly name: string;
    readonly colour: string;
    readonly pixels: number;
    readonly areaM2: number;
  }[];
  readonly meanConfidence: number | null;
}

/** An outlined object of a map. */
export interface ObjectFeature {
  readonly id: string;
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
  readonly properties: Readonly<Record<string, unknown>>;
}

export interface ObjectsAnswer {
  readonly features: readonly ObjectFeature[];
}
