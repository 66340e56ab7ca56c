/** One layer of a map. All layers are uint8. */
export interface LayerSpec {
  readonly name: string;
  /** How overviews are made: by mode (classes) or by rounded mean (quantities); no-data never counts where there is data. */
  readonly kind: 'class' | 'mean';
  readonly noData: number;
  /** Classes only: value, name and #rrggbb, background included. */
  readonly palette?: readonly { readonly value: number; readonly name: string; readonly colour: string }[];
  readonly description: string;
  /** Band unit or scale for quantities: stored value * scale = quantity. */
  readonly scale?: number;
}
