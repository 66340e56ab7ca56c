import type { Progress } from '../core/progress.ts';
import type { TrainerEvent } from './run-trainer.ts';

/**
 * Shows the trainer's events as a bar: steps of steps where the schedule is by steps, else minutes of minutes; beside
 * it the loss, the best validation IoU so far and the rate.
 */
export function trainingProgress(
  progress: Progress,
  budget: { maxMinutes?: number; maxSteps?: number },
  title = 'Training',
): (event: TrainerEvent) => void {
  const { maxSteps, maxMinutes = 0 } = budget;
  let iou: number | null = null;
  const total = maxSteps ?? Math.round(100 * maxMinutes) / 100;
  progress.start(title, total, maxSteps === undefined ? 'min' : 'steps');
  return (event) => {
    if (event.type === 'validation') iou = event.bestIou ?? event.iou ?? iou;
    if (event.type === 'export')
      progress.start(`Exporting${event.stage === undefined ? '' : `: ${event.stage}`}`, 1, 'model');
    if (event.type === 'done') progress.update(1);
    if (event.type !== 'step') return;
    const done =
      maxSteps === undefined ? Math.round(100 * (event.share ?? 0) * maxMinutes) / 100 : event.step;
    progress.update(done, noteOf(event, iou, maxSteps === undefined));
  };
}

function noteOf(event: Extract<TrainerEvent, { type: 'step' }>, iou: number | null, byTime: boolean): string {
  return [
    ...(byTime ? [`step ${event.step}`] : []),
    ...(typeof event.loss === 'number' && event.loss > 0 ? [`loss ${event.loss.toFixed(3)}`] : []),
    ...(iou === null ? [] : [`best IoU ${iou.toFixed(3)}`]),
    ...(typeof event.samplesPerSecond === 'number' ? [`${event.samplesPerSecond.toFixed(1)} crops/s`] : []),
  ].join(', ');
}
