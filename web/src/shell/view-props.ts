/** What every view is given; the rest stands in the address. */
export interface ViewProps {
  readonly dark: boolean;
}
