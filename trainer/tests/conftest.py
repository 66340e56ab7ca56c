"""Shared by the tests: one finished tiny training, made once."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from resflow_trainer.events import Events
from resflow_trainer.run import run_training
from tests.synthetic import make_spec, make_training_set


class Recorded(Events):
    """Keeps events in place of printing them."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[dict[str, Any]] = []

    def emit(self, kind: str, **values: Any) -> None:
        self.all.append({"type": kind, **values})

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.all if event["type"] == kind]


@dataclass(frozen=True, kw_only=True)
class Finished:
    spec: Path
    output: Path
    training_set: Path
    events: Recorded


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("finished")
    training_set = make_training_set(folder / "set")
    output = folder / "out"
    spec = folder / "spec.json"
    spec.write_text(json.dumps(make_spec(output, training_set)))
    events = Recorded()
    assert run_training(spec, events) == 0
    return Finished(spec=spec, output=output, training_set=training_set, events=events)
