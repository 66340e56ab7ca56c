"""The training loop."""

import contextlib
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType

from resflow_trainer.batches import Batch, BatchMaker, batches
from resflow_trainer.checkpoint import Standing, Weights, load_checkpoint, save_checkpoint
from resflow_trainer.evaluate import Evaluation, EvaluationTask, evaluate
from resflow_trainer.events import Events
from resflow_trainer.history import History
from resflow_trainer.learner import Learner
from resflow_trainer.schedule import Progress, is_over, learning_rate, share_done
from resflow_trainer.spec import Spec

HISTORY_STEPS = 20
"""Steps whose mean loss makes one record of the history."""

CHECKPOINT_SECONDS = 45.0


@dataclass(kw_only=True)
class Stop:
    """Set by SIGINT or SIGTERM; looked at between steps."""

    asked: bool = False


@contextlib.contextmanager
def stop_on_signals() -> Iterator[Stop]:
    stop = Stop()

    def ask(_number: int, _frame: FrameType | None) -> None:
        stop.asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Training:
    """One training from its checkpoint, if any, to its end. `best` holds the averaged weights to export."""

    def __init__(self, spec: Spec, *, learner: Learner, task: EvaluationTask, events: Events, digest: str) -> None:
        self.spec, self.learner, self.task, self.events = spec, learner, task, events
        self._folder = spec.output / "checkpoint"
        loaded = load_checkpoint(self._folder, learner)
        self.standing, self.best = loaded or (Standing(spec_digest=digest), _copied(learner))
        self._history = History(spec.output / "history.jsonl", after_step=self.standing.step)
        self._before = self.standing.seconds
        self._start = time.monotonic()
        self._first = self.standing.step

    def _progress(self) -> Progress:
        return Progress(step=self.standing.step, seconds=self._before + time.monotonic() - self._start)

    def run(self, maker: BatchMaker, stop: Stop) -> bool:
        """Trains to the end; False where it was asked to stop before, after writing a checkpoint."""
        saved = time.monotonic()
        with contextlib.closing(batches(maker, first=self._first)) as source:
            while not self.standing.finished:
                progress = self._progress()
                if is_over(self.spec.budget, progress):
                    self._finish()
                elif stop.asked:
                    self._save()
                    return False
                else:
                    self._step(source, progress)
                    if self.standing.step % self.spec.validation.every_steps == 0:
                        self._validate()
                        saved = 0.0
                if self.standing.finished or time.monotonic() - saved > CHECKPOINT_SECONDS:
                    self._save()
                    saved = time.monotonic()
        return True

    def _step(self, source: Iterator[Batch], progress: Progress) -> None:
        rate = learning_rate(self.spec.optimiser, self.spec.budget, progress)
        loss = self.learner.step(next(source), step=self.standing.step, rate=rate)
        self.standing.step += 1
        self.standing.losses.append(loss)
        if self.standing.step % HISTORY_STEPS == 0:
            self._history.add("train", **self._step_record(rate))
            self.standing.losses.clear()
        if self.events.step_due():
            self.events.emit("step", **self._step_record(rate), **self._forecast())

    def _step_record(self, rate: float) -> dict[str, float]:
        done = self.standing.step - self._first
        recent = self.standing.losses[-HISTORY_STEPS:] or [0.0]
        return {
            "step": self.standing.step,
            "seconds": round(self._progress().seconds, 3),
            "loss": sum(recent) / len(recent),
            "learningRate": rate,
            "samplesPerSecond": round(done * self.spec.batch / (time.monotonic() - self._start), 2),
        }

    def _forecast(self) -> dict[str, float | int | None]:
        progress = self._progress()
        share = share_done(self.spec.budget, progress)
        eta = progress.seconds * (1 - share) / share if share > 0 else None
        return {"steps": self.spec.budget.max_steps, "share": round(share, 5), "eta": eta and round(eta, 1)}

    def _validate(self) -> None:
        """Scores the averaged weights, keeps the best, ends the run where patience is out."""
        standing = self.standing
        if not self.task.tiles:
            self.best = _copied(self.learner)
            return
        result = evaluate(self.task, self.learner.predict, on_tile=self._on_tile)
        if result.mean.iou > standing.best_iou:
            standing.best_iou, standing.best_step, standing.worse = result.mean.iou, standing.step, 0
            self.best = _copied(self.learner)
        else:
            standing.worse += 1
        self._report(result)
        if standing.worse >= self.spec.validation.patience:
            standing.finished = True

    def _on_tile(self, done: int, tiles: int) -> None:
        if self.events.step_due():
            self.events.emit("validating", step=self.standing.step, done=done, tiles=tiles)

    def _report(self, result: Evaluation) -> None:
        seconds = round(self._progress().seconds, 3)
        scores = result.mean.as_json()
        best = {"bestIou": self.standing.best_iou, "bestStep": self.standing.best_step}
        self.events.emit("validation", step=self.standing.step, seconds=seconds, loss=result.loss, **scores, **best)
        by_place = {place: place_scores.iou for place, place_scores in result.by_place.items()}
        self._history.add(
            "validation", step=self.standing.step, seconds=seconds, loss=result.loss, **scores, iouByPlace=by_place
        )

    def _finish(self) -> None:
        if self.standing.step % self.spec.validation.every_steps != 0:
            self._validate()
        if not self.task.tiles:
            self.best = _copied(self.learner)
        self.standing.finished = True

    def _save(self) -> None:
        self.standing.seconds = self._progress().seconds
        save_checkpoint(self._folder, self.standing, self.learner, self.best)
        self.events.emit("checkpoint", step=self.standing.step, seconds=round(self.standing.seconds, 3))


def _copied(learner: Learner) -> Weights:
    return {name: tensor.detach().cpu().clone() for name, tensor in learner.average.state_dict().items()}
