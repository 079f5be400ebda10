"""Environments import nothing that their users may not have installed, or do not need."""

import subprocess
import sys

import pytest

SMAC_PACKAGES = {"smac", "pysc2", "s2clientprotocol", "google"}


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("aiirmix.envs.smac.env", SMAC_PACKAGES | {"numba", "aiirmix.envs.skirmish"}),
        ("aiirmix.envs.smacv2.env", SMAC_PACKAGES | {"smacv2", "numba", "aiirmix.envs.skirmish"}),
        ("aiirmix.envs.smac.doctor", SMAC_PACKAGES | {"numba", "aiirmix.envs.skirmish"}),
        ("aiirmix.envs.sc2_server.install", SMAC_PACKAGES | {"numba", "aiirmix.envs.skirmish"}),
        ("aiirmix.envs.skirmish.env", SMAC_PACKAGES | {"pettingzoo", "aiirmix.envs.smac", "aiirmix.envs.sc2_server"}),
        ("aiirmix.envs.skirmish.views.smac", SMAC_PACKAGES | {"pettingzoo", "aiirmix.envs.sc2_server"}),
        ("aiirmix.envs.pettingzoo.requirements", {"pettingzoo", "gymnasium"}),
        ("aiirmix.envs.smax.requirements", {"jax", "jaxmarl"}),
    ],
)
def test_importing_an_environment_does_not_import(module, unwanted):
    code = f"import sys, {module}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not unwanted & set(found.stdout.split())
