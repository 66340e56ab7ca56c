import type { MapModel } from '../../inference/plan-map.ts';
import type { ModelGallery } from '../../workspace/model-gallery-record.ts';
import type { StoredModel } from '../../workspace/models.ts';
import type { Partition } from '../../workspace/partition-record.ts';

/** What a map is to be made with. */
export interface ChosenModel {
  readonly modelId: string;
  /** The one model; of a gallery, its Mono. */
  readonly model: MapModel;
  readonly gallery: OpenGallery | null;
}

/** A gallery of models that fits together, and the partition whose buckets it serves. */
export interface OpenGallery {
  readonly gallery: ModelGallery;
  readonly partition: Partition;
  /** Each model once, Mono first. */
  readonly models: readonly StoredModel[];
}
