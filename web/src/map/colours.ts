/** What a canvas draws with; kept beside the tokens of style/tokens.css, which it cannot read. */
export interface MapColours {
  readonly ground: string;
  readonly grid: string;
  readonly outline: string;
  readonly accent: string;
  readonly mark: string;
}

const LIGHT: MapColours = {
  ground: '#e4eae5',
  grid: '#c4d0c8',
  outline: '#5d716a',
  accent: '#0b6a61',
  mark: '#a34400',
};

const DARK: MapColours = {
  ground: '#0c1211',
  grid: '#23302d',
  outline: '#8aa39b',
  accent: '#63d0c1',
  mark: '#ffb066',
};

export const mapColours = (dark: boolean): MapColours => (dark ? DARK : LIGHT);
