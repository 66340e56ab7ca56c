import type { ReactNode } from 'react';
import type { Problem } from '../../../src/server/problem.ts';

/** What went wrong, why, and what to do. */
export function ProblemNotice({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <h3>{problem.title}</h3>
      <p>{problem.detail}</p>
      {problem.hint !== null && <p className="hint">{withCommands(problem.hint)}</p>}
      <div className="actions">
        {onRetry !== undefined && (
          <button type="button" onClick={onRetry}>
            Try again
          </button>
        )}
        <code className="quiet">{problem.code}</code>
      </div>
    </div>
  );
}

interface EmptyProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Commands that bring what is missing, in their order. */
  readonly commands?: readonly string[];
}

/** Nothing is there yet, and how that changes. */
export function EmptyNotice({ title, children, commands = [] }: EmptyProps) {
  return (
    <div className="notice empty">
      <h3>{title}</h3>
      <p>{children}</p>
      {commands.length > 0 && (
        <pre className="commands" tabIndex={0} aria-label="Commands">
          {commands.join('\n')}
        </pre>
      )}
    </div>
  );
}

export function Waiting({ children }: { children: ReactNode }) {
  return (
    <p className="waiting" role="status">
      {children}
    </p>
  );
}

/** Text with commands between backticks. */
export function withCommands(text: string): ReactNode[] {
  return text.split('`').map((part, i) => (i % 2 === 1 ? <code key={`${i}`}>{part}</code> : part));
}
