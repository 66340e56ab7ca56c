import type { RunView } from '../api/answers.ts';
import { timeText } from './format.ts';

interface RunChoiceProps {
  readonly runs: readonly RunView[];
  readonly run: string | null;
  readonly none?: string;
  readonly onRun: (run: string | null) => void;
}

/** Chooses a run; `none` is the choice of no run. */
export function RunChoice({ runs, run, none, onRun }: RunChoiceProps) {
  return (
    <label className="field">
      Run
      <select value={run ?? ''} onChange={({ target }) => onRun(target.value === '' ? null : target.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {runs.map(({ id, application, created, status }) => (
          <option key={id} value={id}>
            {application}, {timeText(created)} ({status})
          </option>
        ))}
      </select>
    </label>
  );
}
