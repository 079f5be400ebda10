"""Configurations become objects, with arguments that only the caller knows."""

from fractions import Fraction

import pytest
from omegaconf import OmegaConf

from aiirmix.envs.protocol import EnvSpec
from aiirmix.training.build import build


@pytest.mark.parametrize("partial", [True, False])
def test_the_caller_adds_what_the_configuration_lacks(partial):
    begun = OmegaConf.create({"_target_": "fractions.Fraction", "_partial_": partial, "numerator": 1})
    assert build(begun, denominator=3) == Fraction(1, 3)


def test_the_arguments_of_the_caller_arrive_unchanged():
    spec = EnvSpec("toy", 1, 1, 1, 1, 1, ("one",))
    built = build(OmegaConf.create({"_target_": "collections.OrderedDict"}), spec=spec)
    assert built["spec"] is spec
