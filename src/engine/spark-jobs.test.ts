import { describe, expect, it } from 'vitest';
import { SparkJobs, type SparkJob } from './spark-jobs.ts';
import type { MapTask } from './protocol.ts';

const tasks = (count: number): MapTask[] =>
  Array.from({ length: count }, (_, i) => ({
    version: 1,
    kind: 'map-region',
    id: `task-${i}`,
    scene: 'scene',
    bands: [1],
    window: { x: 512 * i, y: 0, width: 512, height: 512 },
    model: { folder: '-', variant: 'noop', sha256: '' },
    parameters: { corePixels: 512, haloPixels: 0, blendPixels: 0, blockPixels: 512, gsdMetres: null },
  }));

const idsOf = (jobs: readonly SparkJob[]) => jobs.flatMap((job) => job.partitions.flat().map(({ id }) => id));
const rowsOf = (job: SparkJob, seconds: number, slots = 2) =>
  job.partitions.flat().map((_, i) => ({ slot: `slot-${i % slots}`, seconds }));

/** Answers every job that is sent, the oldest first, and gives them all. */
function answerAll(jobs: SparkJobs, seconds: number, slots: number): SparkJob[] {
  const sent: SparkJob[] = [];
  for (const out = jobs.take(); out.length > 0 || !jobs.finished; out.push(...jobs.take())) {
    const next = out.shift();
    if (next === undefined) throw new Error('unfinished, and nothing is out');
    sent.push(next);
    jobs.done(next.job, rowsOf(next, seconds, slots));
  }
  return sent;
}

describe('dealing tasks to Spark jobs', () => {
  it('sends every task exactly once, in the order given', () => {
    const jobs = new SparkJobs(tasks(501));
    const sent = answerAll(jobs, 0.1, 3);
    expect(idsOf(sent)).toEqual(tasks(501).map(({ id }) => id));
    expect(jobs.finished).toBe(true);
  });

  it('gives a long region a partition of its own, and short ones a common one', () => {
    const long = answerAll(new SparkJobs(tasks(200)), 10, 2);
    expect(Math.max(...long.flatMap((job) => job.partitions.map((part) => part.length)))).toBe(1);
    const short = answerAll(new SparkJobs(tasks(2000)), 0.01, 2);
    const sizes = short.flatMap((job) => job.partitions.map((part) => part.length));
    expect(Math.max(...sizes)).toBeGreaterThan(100);
    expect(sizes.length).toBeLessThan(60);
    // The last shares are small, so that slots end together, but not so small that Spark costs more than they do.
    expect(sizes.at(-2)).toBe(50);
  });

  it('keeps three partitions a slot out, and learns how many slots there are', () => {
    const jobs = new SparkJobs(tasks(1000));
    jobs.tellSlots(4);
    const first = jobs.take();
    expect(idsOf(first)).toHaveLength(12);
    const [one] = first;
    if (one === undefined) throw new Error('nothing was sent');
    const rows = one.partitions.flat().map((_, i) => ({ slot: `slot-${i}`, seconds: 10 }));
    jobs.done(one.job, [...rows, { slot: 'slot-new-1', seconds: 10 }, { slot: 'slot-new-2', seconds: 10 }]);
    // Six slots are known now: 18 partitions out, of which 8 are there.
    expect(idsOf(jobs.take()).length).toBeGreaterThanOrEqual(10);
  });

  it('runs the tasks of a lost job again one by one, one at a time, and gives up what is lost alone', () => {
    const jobs = new SparkJobs(tasks(4));
    jobs.tellSlots(2);
    const [first, second] = jobs.take();
    if (first === undefined || second === undefined) throw new Error('two jobs were to be sent');
    expect(jobs.lost(first.job)).toEqual([]);
    const [suspect, ...others] = jobs.take();
    expect(others).toEqual([]);
    expect(suspect).toMatchObject({ quarantined: true, partitions: [[{ id: 'task-0' }]] });
    jobs.done(second.job, rowsOf(second, 1));
    expect(jobs.take()).toEqual([]);
    expect(jobs.lost(suspect?.job ?? -1).map(({ id }) => id)).toEqual(['task-0']);
    const [next] = jobs.take();
    expect(next?.partitions[0]?.[0]?.id).toBe('task-1');
    expect(jobs.finished).toBe(false);
    jobs.done(next?.job ?? -1, [{ slot: 'slot-0', seconds: 1 }]);
    expect(jobs.finished).toBe(true);
  });

  it('sends what belongs together at once, before all that wait, a partition each', () => {
    const jobs = new SparkJobs(tasks(8).slice(0, 5));
    jobs.tellSlots(1);
    jobs.take();
    jobs.add([]);
    jobs.add(tasks(8).slice(5));
    const [urgent, ...others] = jobs.take();
    expect(others).toEqual([]);
    expect(urgent).toMatchObject({
      urgent: true,
      partitions: [[{ id: 'task-5' }], [{ id: 'task-6' }], [{ id: 'task-7' }]],
    });
    // Given up, they run again as those of any job.
    expect(jobs.lost(urgent?.job ?? -1)).toEqual([]);
    expect(jobs.take()).toMatchObject([{ quarantined: true, partitions: [[{ id: 'task-5' }]] }]);
  });

  it('sends again what was out when the session was lost', () => {
    const jobs = new SparkJobs(tasks(6));
    jobs.tellSlots(1);
    const before = idsOf(jobs.take());
    jobs.recall();
    const after = idsOf(answerAll(jobs, 1, 1));
    expect(before.every((id) => after.includes(id))).toBe(true);
    expect(new Set(after).size).toBe(6);
    expect(after).toHaveLength(6);
  });
});
