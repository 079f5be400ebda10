"""SMAC's flags, and the configuration file that both environments share."""

from dataclasses import MISSING, fields
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from aiirmix.envs.contract.flags import Flags
from aiirmix.envs.skirmish.env import Skirmish
from aiirmix.envs.smac.env import Smac
from aiirmix.envs.smacv2.env import Smacv2
from aiirmix.launch.compose import compose_run, configurations
from tests.envs.skirmish.oracle import Options

CONF = Path(__file__).parents[3] / "conf"


def default_of(field):
    return field.default if field.default_factory is MISSING else field.default_factory()


def test_flags_have_smacs_defaults():
    assert vars(Flags()) == vars(Options())


def test_the_shared_file_names_every_flag_with_its_default():
    assert dict(OmegaConf.load(CONF / "env" / "base" / "smac_flags.yaml")) == vars(Flags())


@pytest.mark.parametrize(("choice", "environment"), [("skirmish", Skirmish), ("smac", Smac), ("smacv2", Smacv2)])
def test_the_configuration_names_every_argument_with_its_default(choice, environment):
    with configurations():
        composed = OmegaConf.to_container(compose_run([f"env={choice}"]).env)
    assert isinstance(composed, dict)
    assert composed.pop("_target_") == f"{environment.__module__}.{environment.__qualname__}"
    assert composed == {field.name: default_of(field) for field in fields(environment) if field.init}
