"""One extractor, from its spec to its files."""

import time
from pathlib import Path

import torch

from resflow_trainer.events import Events
from resflow_trainer.fold import folded
from resflow_trainer.partition.chip_encoder import ChipFeatures
from resflow_trainer.partition.chip_set import ChipSet, read_chip_set
from resflow_trainer.partition.encoder_export import Encoder, export_encoder
from resflow_trainer.partition.extractor_spec import ExtractorSpec, parse_extractor_spec
from resflow_trainer.partition.fit_projection import fit_projection
from resflow_trainer.partition.self_supervised import SelfSupervised
from resflow_trainer.partition.statistics_features import LEAST_SIDE, StatisticsFeatures
from resflow_trainer.partition.unet_features import read_trained_encoder
from resflow_trainer.spec import Normalisation, read_json
from resflow_trainer.train import Stop, stop_on_signals

STOPPED = 130
"""Exit code after SIGINT or SIGTERM. Nothing is kept: the same call starts anew."""

SCENE_RULE = Normalisation(kind="scene")


def run_extractor(spec_path: Path, events: Events) -> int:
    """Returns the exit code. Raises ValueError for a bad spec or chip set, with what to do about it."""
    spec = parse_extractor_spec(read_json(spec_path))
    chip_set = read_chip_set(spec.chip_set)
    started = time.monotonic()
    if spec.threads is not None:
        torch.set_num_threads(spec.threads)
    torch.manual_seed(spec.seed)
    torch.use_deterministic_algorithms(True, warn_only=True)
    events.emit("start", extractor=spec.kind, chips=chip_set.count, scenes=len(chip_set.scenes))
    with stop_on_signals() as stop:
        encoder = _make(spec, chip_set, events, stop)
        if encoder is None:
            events.emit("stopped")
            return STOPPED
    events.emit("export", stage="onnx")
    record = export_encoder(encoder, chip_set, output=spec.output, seed=spec.seed)
    seconds = round(time.monotonic() - started, 1)
    events.emit("done", output=str(spec.output), seconds=seconds, dims=record["dims"], metrics=record["metrics"])
    return 0


def _make(spec: ExtractorSpec, chip_set: ChipSet, events: Events, stop: Stop) -> Encoder | None:
    if spec.kind == "statistics":
        if chip_set.chip_pixels < LEAST_SIDE:
            raise ValueError(f"Chips of {chip_set.chip_pixels} pixels; kind statistics needs {LEAST_SIDE}")
        module = fit_projection(StatisticsFeatures(), chip_set, rule=SCENE_RULE, seed=spec.seed)
        return Encoder(kind=spec.kind, module=module, rule=SCENE_RULE)
    if spec.kind == "segmentation":
        assert spec.weights is not None
        trained = read_trained_encoder(spec.weights, chip_set)
        module = fit_projection(trained.features, chip_set, rule=trained.rule, seed=spec.seed)
        return Encoder(kind=spec.kind, module=module, rule=trained.rule)
    assert spec.budget is not None
    training = SelfSupervised(chip_set, rule=SCENE_RULE, budget=spec.budget, seed=spec.seed, events=events)
    result = training.run(stop)
    if result is None:
        return None
    module = fit_projection(ChipFeatures(folded(result.trunk)), chip_set, rule=SCENE_RULE, seed=spec.seed)
    return Encoder(
        kind=spec.kind,
        module=module,
        rule=SCENE_RULE,
        steps=result.steps,
        seconds=result.seconds,
        trained=result.terms,
    )
