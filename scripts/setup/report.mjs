/** One line a step on stderr: what is done, and how long it took. A step that has nothing to do prints nothing. */
export function createReport(stream = process.stderr) {
  const started = performance.now();
  let printed = 0;

  /** Says that a step starts; the function returned says how it ended. Long steps tick once a minute on a pipe. */
  function step(title, expectation = '') {
    printed += 1;
    const from = performance.now();
    const head = `set-up: ${title}${expectation ? ` (${expectation})` : ''}`;
    stream.write(`${head} ...${stream.isTTY ? '' : '\n'}`);
    const tick = () => {
      const text = `${head} ... ${seconds(from)}`;
      if (stream.isTTY) stream.write(`\r${text}`);
      else stream.write(`${text} so far\n`);
    };
    const timer = setInterval(tick, stream.isTTY ? 1000 : 60_000);
    timer.unref();
    return (result) => {
      clearInterval(timer);
      const text = `set-up: ${title}: ${result}, ${seconds(from)}`;
      stream.write(stream.isTTY ? `\r\u001b[2K${text}\n` : `${text}\n`);
    };
  }

  return {
    step,
    note: (text) => {
      printed += 1;
      stream.write(`set-up: ${text}\n`);
    },
    end: () => {
      const what = printed === 0 ? 'everything is there' : 'ready';
      stream.write(`set-up: ${what} (${seconds(started)})\n`);
    },
  };
}

const seconds = (from) => {
  const spent = (performance.now() - from) / 1000;
  return spent < 10 ? `${spent.toFixed(1)} s` : `${Math.round(spent)} s`;
};
