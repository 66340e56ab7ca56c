import type { ViewProps } from '../../shell/view-props.ts';

export function GalleryView({ dark }: ViewProps) {
  return <p className="waiting">{dark ? 'dark' : 'light'}</p>;
}
