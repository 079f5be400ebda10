"""One game behind SMACv2's class, as a worker runs it."""

import random
from typing import Any

import numpy as np

from aiirmix.envs.contract.map_spec import MAP_SIZE, Draft
from aiirmix.envs.contract.scenarios import PREFIX, find_scenario
from aiirmix.envs.smac.game import SmacGame


def make_smacv2(seed: int, map_name: str, **options: Any) -> SmacGame:
    """Make SMACv2's environment for a scenario, with these options of its constructor; call it in a worker only.

    SMACv2 seeds the game alone. The generators from which it draws teams, places and the order in which agents look are
    seeded here, for the whole process.
    """
    from smacv2.env.starcraft2 import distributions
    from smacv2.env.starcraft2.wrapper import StarCraftCapabilityEnvWrapper

    seeds = np.random.SeedSequence(seed % 2**32)
    distributions.default_rng = lambda: np.random.default_rng(seeds.spawn(1)[0])
    random.seed(seed)
    np.random.seed(seed % 2**32)

    draft = find_scenario(map_name).draft
    assert draft
    game: SmacGame = StarCraftCapabilityEnvWrapper(
        seed=seed % 2**32,
        map_name=PREFIX + map_name.partition("_")[0],
        continuing_episode=True,
        capability_config=capabilities(draft),
        **options,
    )
    return game


def capabilities(draft: Draft) -> dict[str, Any]:
    """Return SMACv2's description of how teams and places are drawn; its `p` is the probability of a mirror image."""
    return {
        "n_units": draft.allies,
        "n_enemies": draft.enemies,
        "team_gen": {
            "dist_type": "weighted_teams",
            "unit_types": list(draft.kinds),
            "weights": list(draft.weights),
            "exception_unit_types": list(draft.never_alone),
            "observe": True,
        },
        "start_positions": {
            "dist_type": "surrounded_and_reflect",
            "p": 1 - draft.surrounded,
            "map_x": MAP_SIZE,
            "map_y": MAP_SIZE,
        },
    }
