import { Presets, SingleBar } from 'cli-progress';
import type { Progress } from '../core/progress.ts';
import { spokenTime } from './spoken-time.ts';

/** A progress bar on a terminal; on a pipe, a plain line at every tenth of the way; both with the time left. */
export function terminalProgress(stream: NodeJS.WriteStream): Progress {
  return stream.isTTY ? barProgress(stream) : lineProgress(stream);
}

function barProgress(stream: NodeJS.WriteStream): Progress {
  let bar: SingleBar | null = null;
  const stop = () => {
    bar?.stop();
    bar = null;
  };
  return {
    start(label, total, unit) {
      stop();
      const format = `${label} {bar} {percentage}% | {value}/{total} ${unit} | {eta_formatted} left {note}`;
      bar = new SingleBar(
        { format, stream, hideCursor: true, etaBuffer: 30, clearOnComplete: false },
        Presets.shades_classic,
      );
      bar.start(total, 0, { note: '' });
    },
    update(done, note) {
      bar?.update(done, { note: note === undefined ? '' : `| ${note}` });
    },
    stop,
  };
}

function lineProgress(stream: NodeJS.WriteStream): Progress {
  let state = { label: '', total: 0, unit: '', shown: -1 };
  /** Where the job was at its first word: what goes on where it was stopped has not done all of it just now. */
  let from: { done: number; at: number } | null = null;
  return {
    start(label, total, unit) {
      state = { label, total, unit, shown: -1 };
      from = null;
    },
    update(done, note) {
      from ??= { done, at: performance.now() };
      const tenth = state.total > 0 ? Math.floor((10 * done) / state.total) : 10;
      if (tenth <= state.shown) return;
      state.shown = tenth;
      const seconds = (performance.now() - from.at) / 1000;
      const rest = (seconds * (state.total - done)) / (done - from.done);
      const left = done > from.done && done < state.total ? `${spokenTime(rest)} left` : '';
      const notes = [note ?? '', left].filter((text) => text !== '').join(', ');
      const tail = notes === '' ? '' : ` (${notes})`;
      stream.write(`${state.label}: ${Math.round(done * 100) / 100}/${state.total} ${state.unit}${tail}\n`);
    },
    stop() {},
  };
}
