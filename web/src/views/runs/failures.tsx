import type { RunView } from '../../api/answers.ts';
import { withCommands } from '../../parts/notice.tsx';
import { isAtWork } from './run-status.ts';

interface FailuresProps {
  readonly run: RunView;
  readonly busy: boolean;
  readonly onRetry: () => void;
}

/** What failed in a run, and why; alike failures are told once. */
export function Failures({ run, busy, onRetry }: FailuresProps) {
  const groups = new Map<
    string,
    { message: string; hint: string | null; code: string; scenes: Set<string>; count: number }
  >();
  for (const { scene, failures } of run.scenes)
    for (const { code, message, hint } of failures) {
      const group = groups.get(`${code} ${message}`) ?? {
        code,
        message,
        hint,
        scenes: new Set<string>(),
        count: 0,
      };
      group.scenes.add(scene);
      groups.set(`${code} ${message}`, { ...group, count: group.count + 1 });
    }
  if (groups.size === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <h3>What failed</h3>
      <ul className="list">
        {[...groups].map(([key, { code, message, hint, scenes, count }]) => (
          <li key={key}>
            <p>{message}</p>
            {hint !== null && <p className="hint">{withCommands(hint)}</p>}
            <p className="quiet">
              <code>{code}</code>, {count} time{count === 1 ? '' : 's'}, in{' '}
              {[...scenes].slice(0, 5).join(', ')}
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
