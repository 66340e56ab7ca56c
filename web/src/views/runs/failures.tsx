import type { RunView } from '../../api/answers.ts';
import { counted } from '../../parts/format.ts';
import { withCommands } from '../../parts/notice.tsx';
import { isAtWork } from './run-status.ts';

interface FailuresProps {
  readonly run: RunView;
  readonly busy: boolean;
  readonly onRetry: () => void;
}

/** What failed in a run, and why; failures of one kind are told once. */
export function Failures({ run, busy, onRetry }: FailuresProps) {
  const groups = groupFailures(run);
  if (groups.size === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <h3>What failed</h3>
      <ul className="list">
        {[...groups.values()].map(({ code, message, hint, scenes, count }) => (
          <li key={code}>
            <p>{message}</p>
            {hint !== null && <p className="hint">{withCommands(hint)}</p>}
            <p className="quiet">
              <code>{code}</code>, {counted(count, 'region')}, in {[...scenes].slice(0, 5).join(', ')}
              {scenes.size > 5 ? ` and ${scenes.size - 5} more scenes` : ''}
            </p>
          </li>
        ))}
      </ul>
      <div className="actions">
        <button type="button" disabled={busy || isAtWork(run)} onClick={onRetry}>
          Try what failed again
        </button>
      </div>
    </div>
  );
}

interface FailureGroup {
  readonly code: string;
  /** Of the first. */
  readonly message: string;
  readonly hint: string | null;
  readonly scenes: ReadonlySet<string>;
  readonly count: number;
}

/** Failures by their codes. */
function groupFailures({ scenes }: RunView): ReadonlyMap<string, FailureGroup> {
  const groups = new Map<string, FailureGroup>();
  for (const { scene, failures } of scenes)
    for (const { code, message, hint } of failures) {
      const before = groups.get(code) ?? { code, message, hint, scenes: new Set<string>(), count: 0 };
      groups.set(code, {
        ...before,
        scenes: new Set([...before.scenes, scene]),
        count: before.count + 1,
      });
    }
  return groups;
}
