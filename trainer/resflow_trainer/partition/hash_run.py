"""One hash network, from its spec to its files."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.random import Generator
from torch import nn

from resflow_trainer.atomic import sha256_of, write_json
from resflow_trainer.events import Events
from resflow_trainer.normalisation import FloatArray
from resflow_trainer.onnx_export import Signature, check_parity, export_module, open_session, session_predictor
from resflow_trainer.partition.between import between, nearest
from resflow_trainer.partition.chip_set import IntArray
from resflow_trainer.partition.hash_network import HashNetwork, hash_loss
from resflow_trainer.partition.hash_spec import HashSpec, LabelledEmbeddings, parse_hash_spec, read_labelled
from resflow_trainer.partition.retrieval import Codes, Precision, bit_measures, mean_average_precision
from resflow_trainer.partition.triplets import TripletDraw
from resflow_trainer.schedule import Progress, is_over, learning_rate, share_done
from resflow_trainer.spec import Optimiser, read_json
from resflow_trainer.train import Stop, stop_on_signals

TRIPLETS = 30
BETAS = (0.5, 0.9)
"""As the paper's code has them."""

OPTIMISER = Optimiser(learning_rate=2e-3, weight_decay=0.0, warmup_steps=100)
"""The paper's code holds 1e-4. A rate that starts high and falls to almost nothing settles codes at the borders of
clusters, which is where they go wrong."""

MADE_UP = 20_000
"""Points between chips that are trained on besides the chips, where it is known to which cluster they belong."""

FRESH_STEPS = 500
"""So many steps see the same points; then others are made up."""

THREADS = 1
"""The network is so small that a second thread waits more than it works, and the sums stay in one order."""

STOPPED = 130
"""Exit code after SIGINT or SIGTERM. Nothing is kept: the same call starts anew."""


def run_hash(spec_path: Path, events: Events) -> int:
    """Returns the exit code. Raises ValueError for a bad spec or bad arrays, with what to do about it."""
    spec = parse_hash_spec(read_json(spec_path))
    data = read_labelled(spec)
    torch.set_num_threads(THREADS)
    torch.manual_seed(spec.seed)
    network = HashNetwork(dims=data.content_dims, bits=spec.bits)
    events.emit("start", chips=len(data.cluster), clusters=len(np.unique(data.cluster)), bits=spec.bits)
    with stop_on_signals() as stop:
        progress = _train(network, data, spec=spec, events=events, stop=stop)
    if progress is None:
        events.emit("stopped")
        return STOPPED
    events.emit("export", stage="onnx")
    record = _export(network, data, spec=spec, progress=progress)
    events.emit("done", output=str(spec.output), seconds=round(progress.seconds, 1), quality=record["quality"])
    return 0


def _train(
    network: HashNetwork, data: LabelledEmbeddings, *, spec: HashSpec, events: Events, stop: Stop
) -> Progress | None:
    """None where it was asked to stop."""
    optimiser = torch.optim.Adam(network.parameters(), betas=BETAS, fused=True)
    start, step = time.monotonic(), 0
    while True:
        progress = Progress(step=step, seconds=time.monotonic() - start)
        if is_over(spec.budget, progress):
            return progress
        if stop.asked:
            return None
        if step % FRESH_STEPS == 0:
            content, cluster = _examples(data, np.random.default_rng([spec.seed, step, MADE_UP]))
            source, draw = torch.from_numpy(content), TripletDraw(cluster)
        optimiser.param_groups[0]["lr"] = learning_rate(OPTIMISER, spec.budget, progress)
        triplets = draw.draw(TRIPLETS, np.random.default_rng([spec.seed, step]))
        drawn = np.concatenate([triplets.anchor, triplets.positive, triplets.negative])
        loss = hash_loss(*network(source[torch.from_numpy(drawn)]).split(TRIPLETS))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        step += 1
        if events.step_due():
            share = round(share_done(spec.budget, progress), 5)
            events.emit("step", step=step, steps=spec.budget.max_steps, share=share, loss=float(loss.detach()))


def _examples(data: LabelledEmbeddings, rng: Generator) -> tuple[FloatArray, IntArray]:
    """Content and cluster of what is trained on: chips that are not held out, and points between them."""
    rows = np.flatnonzero(~data.held_out)
    content, cluster = np.ascontiguousarray(data.content[rows]), data.cluster[rows]
    if data.means is None:
        return content, cluster
    made = between(content, MADE_UP, rng)
    return np.concatenate([content, made]), np.concatenate([cluster, nearest(made, data.means)])


class _Whole(nn.Module):
    """embedding (n, dims) -> activation (n, bits), by its content only."""

    def __init__(self, network: HashNetwork, content_dims: int) -> None:
        super().__init__()
        self.network, self.content_dims = network, content_dims

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        activation: torch.Tensor = self.network(embedding[:, : self.content_dims])
        return activation


def _export(network: HashNetwork, data: LabelledEmbeddings, *, spec: HashSpec, progress: Progress) -> dict[str, Any]:
    """Codes are those that ONNX Runtime gives, as inference will. Raises ValueError where PyTorch disagrees."""
    path, dims = spec.output / "hash.onnx", data.embeddings.shape[1]
    (spec.output / "hash.json").unlink(missing_ok=True)
    signature = Signature(inputs="embedding", outputs="activation", axes={0: "batch"})
    whole = _Whole(network, data.content_dims).eval()
    export_module(whole, path, example=torch.zeros(2, dims), signature=signature)
    predict = session_predictor(open_session(path, threads=THREADS))
    check_parity(whole, predict, [data.embeddings[:1], data.embeddings[1:256]])
    bits = (predict(data.embeddings) > 0.5).astype(np.uint8)
    record = {
        "version": 1,
        "bits": spec.bits,
        "dims": dims,
        "sha256": sha256_of(path),
        "seed": spec.seed,
        "steps": progress.step,
        "quality": _quality(Codes(bits=bits, cluster=data.cluster), data, seed=spec.seed),
    }
    write_json(spec.output / "hash.json", record)
    return record


def _quality(codes: Codes, data: LabelledEmbeddings, *, seed: int) -> dict[str, Any]:
    """Both look in the chips that were trained on; validation is null where nothing is held out."""
    known, held_out = codes.at(np.flatnonzero(~data.held_out)), codes.at(np.flatnonzero(data.held_out))
    own = mean_average_precision(known, known, seed=seed, itself=True)
    quality: dict[str, Any] = {"train": _record(known, own), "validation": None}
    if len(held_out.cluster):
        quality["validation"] = _record(held_out, mean_average_precision(held_out, known, seed=seed))
    return quality


def _record(codes: Codes, precision: Precision) -> dict[str, Any]:
    return {
        "chips": len(codes.cluster),
        "queries": precision.queries,
        "mapAt20OverHits": precision.top_over_hits,
        "mapStandard": precision.standard,
        **bit_measures(codes.bits),
    }
