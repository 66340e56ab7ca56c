"""What models see right and wrong, cell by cell."""

import json
from pathlib import Path

import numpy as np
import torch
from courses import Comparison
from resflow_trainer.fold import folded
from resflow_trainer.outputs import label_table
from resflow_trainer.tiles import read_tile, tiles_of
from resflow_trainer.training_set import Scene
from resflow_trainer.unet import UNet


class Counts:
    """Hits, false alarms and misses of models in the cells of the places left out."""

    def __init__(self, comparison: Comparison) -> None:
        self._set, self._outputs = comparison.set, comparison.outputs
        self._table = label_table(comparison.set)
        self._map = comparison.maps["partition"]
        self._compute, self._rule = comparison.compute, comparison.spec.normalisation
        soft = comparison.job.get("soft")
        self._soft = None if soft is None else json.loads(Path(soft).read_text(encoding="utf-8"))
        self._tiles = tiles_of(comparison.set.validation, max_megapixels=float("inf"))

    def of(self, models: dict[str, UNet]) -> dict[str, dict[str, list[list[int]]]]:
        """name -> scene -> for each cell, row by row, [hits, false alarms, misses]. Where there are models NAME/BUCKET
        of all buckets, `NAME soft` as well: the two nearest buckets' models, mixed in the cells between them."""
        device = self._compute.device
        ready = {name: self._compute.place(folded(network.eval())) for name, network in models.items()}
        soft = [name for name in sorted({name.split("/")[0] for name in models}) if self._in_all_buckets(name, models)]
        names = [*models, *(f"{name} soft" for name in soft)]
        found = {name: {scene.id: self._zeros(scene) for scene in self._set.validation} for name in names}
        for tile in self._tiles:
            read = read_tile(tile, multiple=16, rule=self._rule)
            image = self._compute.image(torch.from_numpy(read.image))
            target = torch.from_numpy(self._table[tile.labels]).to(device)
            at = self._map.of(tile.scene).cells_at(x=tile.x, y=tile.y, width=tile.width, height=tile.height)
            cells = torch.from_numpy(at).to(device)
            logits = {}
            for name, network in ready.items():
                with torch.no_grad(), self._compute.autocast():
                    logits[name] = network(image)[0, 0, read.core[0], read.core[1]].float()
            for name in soft:
                each = torch.stack([logits[f"{name}/{bucket}"] for bucket in range(len(self._map.codes))]).sigmoid()
                logits[f"{name} soft"] = self._mixed(each, tile.scene, cells) - 0.5
            for name, values in logits.items():
                kind = _kind(values > 0, target)
                counts = found[name][tile.scene.id]
                counts += torch.bincount((cells * 4 + kind).flatten(), minlength=4 * len(counts)).view(-1, 4)[:, :3]
        return {name: {scene: counts.tolist() for scene, counts in some.items()} for name, some in found.items()}

    def _in_all_buckets(self, name: str, models: dict[str, UNet]) -> bool:
        wanted = (f"{name}/{bucket}" for bucket in range(len(self._map.codes)))
        return self._soft is not None and "@partition" in name and all(one in models for one in wanted)

    def between(self) -> float:
        """The share of the cells that belong to two buckets."""
        shares = [] if self._soft is None else [self._soft[scene.id]["share"] for scene in self._set.validation]
        return float(np.mean([share > 0 for scene in shares for share in scene] or [0]))

    def _mixed(self, each: torch.Tensor, scene: Scene, cells: torch.Tensor) -> torch.Tensor:
        """each (buckets, height, width), cells (height, width) -> (height, width)."""
        assert self._soft is not None
        nearest = torch.from_numpy(self._map.of(scene).buckets.ravel()).to(cells.device).clamp(min=0)
        second = torch.tensor(self._soft[scene.id]["second"], device=cells.device)
        share = torch.tensor(self._soft[scene.id]["share"], device=cells.device)[cells]
        one, other = (each.gather(0, bucket[cells][None])[0] for bucket in (nearest, second))
        return (1 - share) * one + share * other

    def _zeros(self, scene: Scene) -> torch.Tensor:
        return torch.zeros((self._map.of(scene).buckets.size, 3), dtype=torch.int64, device=self._compute.device)


def _kind(said: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Hits are 0, false alarms 1, misses 2; 3 is all that does not count."""
    truth, known = target == 1, target >= 0
    kind = torch.where(said, torch.where(truth, 0, 1), torch.where(truth, 2, 3))
    return torch.where(known, kind, 3)
