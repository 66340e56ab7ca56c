"""Which normalisation a training takes when none is asked for."""

from pathlib import Path

import numpy as np
import pytest

from resflow_trainer.card import normalisation_record
from resflow_trainer.fields import Fields
from resflow_trainer.normalisation import normalise, settled
from resflow_trainer.spec import Normalisation, read_card_normalisation
from resflow_trainer.training_set import read_training_set
from tests.synthetic import make_training_set

AUTO = Normalisation(kind="auto", clip=2.5)


def test_bytes_go_by_the_training_places_and_no_scene_moves_them(tmp_path: Path) -> None:
    training_set = read_training_set(make_training_set(tmp_path / "set"))
    rule = settled(AUTO, training_set)
    means = np.array([scene.mean for scene in training_set.train])
    assert np.allclose(rule.mean, means.mean(axis=0), atol=1e-3)
    assert normalisation_record(rule)["dataType"] == "uint8"
    first, other = training_set.train[0], training_set.validation[0]
    pixels, valid = np.asarray(first.image[:, :8, :8]), np.ones((8, 8), np.uint8)
    seen = [normalise(pixels, valid, scene=scene, rule=rule) for scene in (first, other)]
    assert (seen[0] == seen[1]).all()
    expected = (pixels[0, 0, 0] - rule.mean[0]) / rule.std[0]
    assert abs(float(seen[0][0, 0, 0]) - expected) < 1e-5


def test_other_types_go_by_each_scene(tmp_path: Path) -> None:
    training_set = read_training_set(make_training_set(tmp_path / "set", classes=2))
    assert settled(AUTO, training_set) == Normalisation(kind="scene", clip=2.5)


def test_what_was_asked_for_stays(tmp_path: Path) -> None:
    training_set = read_training_set(make_training_set(tmp_path / "set"))
    asked = Normalisation(kind="scene", clip=4.0)
    assert settled(asked, training_set) is asked


@pytest.mark.parametrize("said", [{}, {"kind": "auto"}, {"kind": "scene"}])
def test_a_card_has_to_say_all(said: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"card\.normalisation"):
        read_card_normalisation(Fields(said, "card.normalisation"))
