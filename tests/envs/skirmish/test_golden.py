"""Battles of this version of the simulator never change, as results measured on them are compared."""

import hashlib

import numpy as np
import pytest

from aiirmix.envs.contract.version import SKIRMISH_VERSION
from aiirmix.envs.skirmish.env import Skirmish
from tests.envs.skirmish.battle_setup import random_battles

SEEDS = np.arange(12)
GOLDEN = {
    "2s3z": "version 3: 4ae4ddc52833543f",
    "3s5z": "version 3: 8f6dc516c2b4901f",
    "8m": "version 3: df1a5cc366b0c410",
    "MMM": "version 3: cd1b7b20b9c73830",
}


@pytest.mark.parametrize("map", GOLDEN)
def test_battles_are_those_of_this_version(map):
    env = Skirmish(map)
    digest = hashlib.sha256()
    for _, frame, outcome in random_battles(env, SEEDS):
        units = env.world.units
        for record in (units["x"], units["y"], units["health"], units["shield"], frame.avail, outcome.reward):
            digest.update(np.round(record.astype(np.float64), 3).tobytes())
    seen = f"version {SKIRMISH_VERSION}: {digest.hexdigest()[:16]}"
    assert seen == GOLDEN[map], "battles differ: raise SKIRMISH_VERSION and do not mix results of two versions"
