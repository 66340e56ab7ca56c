import type { RunView } from '../../api/answers.ts';

export const STATUS_NAMES: Readonly<Record<RunView['status'], string>> = {
  planning: 'being planned',
  running: 'running',
  done: 'done',
  failed: 'failed',
  interrupted: 'stopped',
  cancelled: 'cancelled',
};

export const STATUS_BADGES: Readonly<Record<RunView['status'], string>> = {
  planning: 'badge signal',
  running: 'badge signal',
  done: 'badge',
  failed: 'badge bad',
  interrupted: 'badge signal',
  cancelled: 'badge',
};

export const isAtWork = ({ status }: RunView): boolean => status === 'planning' || status === 'running';

/** Share of its regions that are finished. */
export function finishedShare({ tasks, status }: RunView): number {
  if (status === 'done') return 1;
  return tasks.planned === 0 ? 0 : (tasks.done + tasks.reused) / tasks.planned;
}
