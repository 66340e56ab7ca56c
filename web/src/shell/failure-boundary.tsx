import { Component, type ReactNode } from 'react';
import { problemOf } from '../api/problem.ts';
import { ProblemNotice } from '../parts/notice.tsx';

/** Shows a defect of one view in its place, so that the others can still be reached. */
export class FailureBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return <ProblemNotice problem={problemOf(error)} onRetry={() => location.reload()} />;
  }
}
