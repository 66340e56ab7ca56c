/** What is predicted as one moves: `application/model/layer` in the address. */
export interface LiveChoice {
  readonly application: string;
  readonly model: string;
  readonly layer: 'class' | 'probability' | 'confidence' | 'bucket';
}

export const LIVE_LAYERS = [
  { name: 'class', label: 'class, in full colours' },
  { name: 'probability', label: 'probability, soft' },
  { name: 'confidence', label: 'confidence' },
  { name: 'bucket', label: 'bucket of each chip' },
] as const;

export function parseLive(text: string | null): LiveChoice | null {
  const [application, model, name] = (text ?? '').split('/');
  const layer = LIVE_LAYERS.find((one) => one.name === name)?.name;
  if (application === undefined || model === undefined || layer === undefined) return null;
  return { application, model, layer };
}

export const liveText = ({ application, model, layer }: LiveChoice): string =>
  `${application}/${model}/${layer}`;

export const liveTileJson = ({ application, model, layer }: LiveChoice, scene: string): string =>
  `/tiles/live/${application}/${model}/${scene}/${layer}/tilejson.json${layer === 'class' ? '?hide=0' : ''}`;
