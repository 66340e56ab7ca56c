import type { ViewProps } from '../../shell/view-props.ts';

export function ReportView({ dark }: ViewProps) {
  return <p className="waiting">{dark ? 'dark' : 'light'}</p>;
}
