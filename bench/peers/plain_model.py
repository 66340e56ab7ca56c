"""Exports a model's weights as PyTorch does it by itself, batch norm folded: what a careful user would run.

RESFlow's own float32 file computes the same without concatenations (`resflow_trainer.split_joins`).

    python bench/peers/plain_model.py MODEL_DIR OUT_DIR
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from resflow_trainer.networks import build_network
from resflow_trainer.onnx_export import export_onnx
from safetensors.torch import load_file


def main() -> None:
    source, target = Path(sys.argv[1]), Path(sys.argv[2])
    card = json.loads((source / "card.json").read_text())
    bands, outputs = len(card["bands"]), card["output"]["channels"]
    network = build_network(card["network"]["name"], bands=bands, outputs=outputs)
    network.load_state_dict(load_file(source / "weights.safetensors"))
    target.mkdir(parents=True, exist_ok=True)
    for name in ("card.json", "weights.safetensors"):
        shutil.copy(source / name, target / name)
    export_onnx(network.eval(), target / "model.onnx", bands=bands, split=False)


if __name__ == "__main__":
    main()
