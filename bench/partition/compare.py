"""Recipes side by side on places that were left out: one fold of places, one seed.

`python compare.py JOB.json`, where JOB.json is {"trainingSet", "output", "seed", "split": {"train", "heldOut"},
"buckets": {"partition": FILE, "random": FILE, "place": FILE}, "soft": FILE, "steps", "more", "stages",
"network": Mono's, "device", "threads", "graphs"}.

Mono learns for `steps`; every recipe that starts from it learns for `more` steps, all its models together; a Mono of
`steps` + `more` is what they are compared with. Nothing is chosen by the places that were left out: the weights are
those of the last step, averaged; a pixel is a building above one half. Written into the folder `output`: a file for
each stage, with the hits, false alarms and misses of its models in every cell of the gallery on the places left out,
and the weights that other stages start from. A stage whose file is there is not trained again.
"""

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from counts import Counts
from courses import OWN_SHARE, Comparison, Course
from resflow_trainer.arithmetic import gmac_at_512
from resflow_trainer.atomic import write_json
from resflow_trainer.checkpoint import Weights
from resflow_trainer.specialists.conditional import SHARED, fold_bucket
from resflow_trainer.specialists.mix import averaged
from resflow_trainer.specialists.teacher import Teacher
from resflow_trainer.unet import UNet
from safetensors.torch import load_file, save_file

WHOLE, HALF, QUARTER = "small-unet", "small-unet-half", "small-unet-quarter"
SIZES = {"paper": "paper-unet", "mono": WHOLE, "half": HALF, "quarter": QUARTER}
PLAIN = re.compile(r"(?P<size>\w+)-labels(-x(?P<times>\d+))?")
"""Stages of one network that learns from labels alone, for some times as many steps as `mono-long`."""

STARTS = ("mono", "distilled-shared")
"""Models that others start from."""

Models = Iterator[tuple[str, str, Weights]]
"""Name, network, weights. `NAME/BUCKET` is the model of one bucket."""


class Recipes:
    """The stages of one fold and seed; some start from what others made."""

    def __init__(self, job: dict[str, Any]) -> None:
        self.job, self.folder = job, Path(job["output"])
        self.steps, self.more = int(job["steps"]), int(job["more"])
        self.whole = str(job.get("network", WHOLE))
        self.comparison = Comparison(job)
        self.counts = Counts(self.comparison)

    def run(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in self.job["stages"]:
            file = self.folder / f"{name}.json"
            if not file.exists():
                self._stage(name, file)

    def _stage(self, name: str, file: Path) -> None:
        begun = time.monotonic()
        made = list(self._courses(name))
        seconds = time.monotonic() - begun
        bands = len(self.comparison.set.bands)
        networks = {model: self.comparison.network(network, weights) for model, network, weights in made}
        counts = self.counts.of(networks)
        for model, _, weights in made:
            if model in STARTS:
                save_file(weights, self.folder / f"{model}.safetensors")
        record = {
            "version": 1,
            "stage": name,
            **{key: self.job[key] for key in ("seed", "split", "steps", "more")},
            "device": str(self.comparison.compute.device),
            "seconds": round(seconds, 1),
            "places": {scene.id: scene.place for scene in self.comparison.set.validation},
            "buckets": {
                file: {scene: of.buckets.ravel().tolist() for scene, of in held.scenes.items() if scene in self._held()}
                for file, held in self.comparison.maps.items()
            },
            "models": {
                model: {"network": network, "gmac": gmac_at_512(networks[model], bands=bands), "counts": counts[model]}
                for model, network, _ in made
            }
            | {
                model: {"network": "two", "gmac": self._soft_gmac(networks, bands), "counts": found}
                for model, found in counts.items()
                if model not in networks
            },
        }
        write_json(file, record)
        print(f"{self.folder.name} {name}: {seconds:.0f} s", flush=True)

    def _soft_gmac(self, networks: dict[str, UNet], bands: int) -> float:
        """Of two models in the cells that are between buckets, of one in the others."""
        return gmac_at_512(next(iter(networks.values())), bands=bands) * (1 + self.counts.between())

    def _held(self) -> set[str]:
        return {scene.id for scene in self.comparison.set.validation}

    def _courses(self, name: str) -> Models:
        recipe, _, file = name.partition("@")
        file = file or "partition"
        if (plain := PLAIN.fullmatch(name)) is not None:
            times = int(plain["times"] or 1)
            yield self._one(name, Course(network=SIZES[plain["size"]], steps=(self.steps + self.more) * times))
            return
        match recipe:
            case "mono":
                yield self._one("mono", Course(network=self.whole, steps=self.steps))
            case "mono-long":
                yield self._one("mono-long", Course(network=self.whole, steps=self.steps + self.more))
            case "finetune":
                yield from self._each(name, file, self.more, start="mono", network=self.whole)
            case "scratch":
                yield from self._each(name, file, self.more, start=None, network=self.whole)
            case "conditional":
                course = Course(network=self.whole, steps=self.more, init=self._start("mono"), own=file)
                yield from self._folded(name, course)
            case "distilled-mono":
                yield self._one(name, Course(network=HALF, steps=self.more, teacher=self._teacher()))
            case "distilled-mono-quarter":
                yield self._one(name, Course(network=QUARTER, steps=self.more, teacher=self._teacher()))
            case "distilled-shared":
                yield self._one(name, Course(network=HALF, steps=self.more // 2, teacher=self._teacher()))
            case "distilled":
                yield from self._each(
                    name, file, self.more - self.more // 2, start="distilled-shared", network=HALF, taught=True
                )
            case "distilled-conditional":
                yield from self._folded(name, Course(network=HALF, steps=self.more, own=file, teacher=self._teacher()))
            case "archive":
                for model, network in (("distilled-mono+archive", HALF), ("mono+archive", self.whole)):
                    init = self._start("mono") if network == self.whole else None
                    course = Course(network=network, steps=self.more, init=init, archive=True, teacher=self._teacher())
                    yield self._one(model, course)
            case _:
                raise ValueError(f"There is no stage {name}")

    def _start(self, model: str) -> Weights:
        return load_file(self.folder / f"{model}.safetensors")

    def _teacher(self) -> Teacher:
        return self.comparison.teacher(self.whole, self._start("mono"))

    def _one(self, name: str, course: Course) -> tuple[str, str, Weights]:
        return name, course.network, self.comparison.train(course)

    def _folded(self, name: str, course: Course) -> Models:
        weights = self.comparison.train(course)
        for bucket in (SHARED, *range(len(self.comparison.maps[course.own or ""].codes))):
            yield f"{name}/{'shared' if bucket == SHARED else bucket}", course.network, fold_bucket(weights, bucket)

    def _each(
        self, name: str, file: str, steps: int, *, start: str | None, network: str, taught: bool = False
    ) -> Models:
        buckets = self.comparison.buckets(file)
        for bucket in buckets:
            init = None if start is None else self._start(start)
            course = Course(
                network=network,
                steps=max(1, steps // len(buckets)),
                init=init,
                bucket=(file, bucket),
                own_share=OWN_SHARE if init else 1.0,
                teacher=self._teacher() if taught else None,
            )
            weights = self.comparison.train(course)
            yield f"{name}/{bucket}", network, weights
            if init is not None:
                yield f"{name} mixed/{bucket}", network, averaged(init, weights, 0.5)


if __name__ == "__main__":
    Recipes(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))).run()
