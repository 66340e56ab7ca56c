"""python -m resflow_trainer train|extractor|hash|evidence|score spec.json"""

import argparse
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from resflow_trainer.events import Events, log
from resflow_trainer.partition.extract import run_extractor
from resflow_trainer.partition.hash_run import run_hash
from resflow_trainer.run import run_training
from resflow_trainer.specialists.evidence_run import run_evidence
from resflow_trainer.specialists.score_run import run_score

FAILED = 1
BAD_INPUT = 3

COMMANDS: dict[str, tuple[str, Callable[[Path, Events], int]]] = {
    "train": ("train, or go on training, what a spec says, and export it", run_training),
    "extractor": ("make a chip encoder for the partition", run_extractor),
    "hash": ("train the network that gives chips their codes", run_hash),
    "evidence": ("count what is labelled in each bucket", run_evidence),
    "score": ("score models on validation scenes, by bucket and cell", run_score),
}


def main(arguments: list[str]) -> int:
    """Exit codes: 0 done; 1 failed; 3 bad input (an "error" event says what); 130 stopped: the same call continues."""
    parser = argparse.ArgumentParser(prog="resflow_trainer", description="Trains networks for RESFlow.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, (text, _) in COMMANDS.items():
        commands.add_parser(name, help=text).add_argument("spec", type=Path, help="spec.json")
    parsed = parser.parse_args(arguments)
    events = Events()
    try:
        return COMMANDS[parsed.command][1](parsed.spec, events)
    except ValueError as error:
        events.emit("error", code="TRAINER_INPUT", message=str(error))
        return BAD_INPUT
    except Exception as error:
        log(traceback.format_exc())
        events.emit("error", code="TRAINER_FAILED", message=f"{type(error).__name__}: {error}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
