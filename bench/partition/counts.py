"""What models see right and wrong, cell by cell."""

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
        self._tiles = tiles_of(comparison.set.validation, max_megapixels=float("inf"))

    def of(self, models: dict[str, UNet]) -> dict[str, dict[str, list[list[int]]]]:
        """name -> scene -> for each cell, row by row, [hits, false alarms, misses]."""
        device = self._compute.device
        ready = {name: self._compute.place(folded(network.eval())) for name, network in models.items()}
        found = {name: {scene.id: self._zeros(scene) for scene in self._set.validation} for name in models}
        for tile in self._tiles:
            read = read_tile(tile, multiple=16, rule=self._rule)
            image = self._compute.image(torch.from_numpy(read.image))
            target = torch.from_numpy(self._table[tile.labels]).to(device)
            at = self._map.of(tile.scene).cells_at(x=tile.x, y=tile.y, width=tile.width, height=tile.height)
            cells = torch.from_numpy(at).to(device)
            truth, known = target == 1, target >= 0
            for name, network in ready.items():
                with torch.no_grad(), self._compute.autocast():
                    said = network(image)[0, 0, read.core[0], read.core[1]] > 0
                # Hits are 0, false alarms 1, misses 2; 3 is all that does not count.
                kind = torch.where(said, torch.where(truth, 0, 1), torch.where(truth, 2, 3))
                kind = torch.where(known, kind, 3)
                counts = found[name][tile.scene.id]
                counts += torch.bincount((cells * 4 + kind).flatten(), minlength=4 * len(counts)).view(-1, 4)[:, :3]
        return {name: {scene: counts.tolist() for scene, counts in some.items()} for name, some in found.items()}

    def _zeros(self, scene: Scene) -> torch.Tensor:
        return torch.zeros((self._map.of(scene).buckets.size, 3), dtype=torch.int64, device=self._compute.device)
