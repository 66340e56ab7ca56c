import type { ViewProps } from '../../shell/view-props.ts';

export function ModelsView({ dark }: ViewProps) {
  return <p className="waiting">{dark ? 'dark' : 'light'}</p>;
}
