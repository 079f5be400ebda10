"""Configurations become objects, with what only their owner knows."""

from fractions import Fraction

import pytest
from omegaconf import OmegaConf

from aiirmix.envs.protocol import EnvSpec
from aiirmix.training.build import build


@pytest.mark.parametrize("partial", [True, False])
def test_the_owner_finishes_what_the_configuration_begins(partial):
    begun = OmegaConf.create({"_target_": "fractions.Fraction", "_partial_": partial, "numerator": 1})
    assert build(begun, denominator=3) == Fraction(1, 3)


def test_what_the_owner_gives_arrives_as_it_is():
    spec = EnvSpec("toy", 1, 1, 1, 1, 1, ("one",))
    built = build(OmegaConf.create({"_target_": "collections.OrderedDict"}), spec=spec)
    assert built["spec"] is spec
