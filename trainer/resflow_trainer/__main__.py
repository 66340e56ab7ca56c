"""python -m resflow_trainer train spec.json"""

import argparse
import sys
import traceback
from pathlib import Path

from resflow_trainer.events import Events, log
from resflow_trainer.run import run_training

FAILED = 1
BAD_INPUT = 3


def main(arguments: list[str]) -> int:
    """Exit codes: 0 done; 1 failed; 3 bad input (an "error" event says what); 130 stopped: the same call continues."""
    parser = argparse.ArgumentParser(prog="resflow_trainer", description="Trains a segmentation network for RESFlow.")
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train, or go on training, what a spec says, and export it")
    train.add_argument("spec", type=Path, help="spec.json")
    parsed = parser.parse_args(arguments)
    events = Events()
    try:
        return run_training(parsed.spec, events)
    except ValueError as error:
        events.emit("error", code="TRAINER_INPUT", message=str(error))
        return BAD_INPUT
    except Exception as error:
        log(traceback.format_exc())
        events.emit("error", code="TRAINER_FAILED", message=f"{type(error).__name__}: {error}")
        return FAILED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
