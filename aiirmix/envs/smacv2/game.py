"""One game behind SMACv2's class, as a worker runs it."""

import random
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from aiirmix.envs.contract.capabilities import Capabilities
from aiirmix.envs.contract.map_spec import MAP_SIZE, Draft
from aiirmix.envs.contract.scenarios import PREFIX, find_scenario
from aiirmix.envs.smac.game import SmacGame


def make_smacv2(seed: int, map_name: str, **options: Any) -> SmacGame:
    """Make SMACv2's environment for a scenario, with these options of its constructor; call it in a worker only.

    SMACv2 seeds the game alone. The generators from which it draws teams, places and the order in which agents look are
    seeded here, for the whole process.

    What it draws for each agent are arrays of one number each, which today's NumPy refuses as numbers; they are made
    numbers here.
    """
    from smacv2.env.starcraft2 import distributions
    from smacv2.env.starcraft2.wrapper import StarCraftCapabilityEnvWrapper

    class PerAgent(distributions.PerAgentUniformDistribution):  # type: ignore[misc]  # untyped
        def generate(self) -> dict[str, Any]:
            return {key: {**part, "item": part["item"][:, 0]} for key, part in super().generate().items()}

    distributions.register_distribution("per_agent", PerAgent)
    seeds = np.random.SeedSequence(seed % 2**32)
    distributions.default_rng = lambda: np.random.default_rng(seeds.spawn(1)[0])
    random.seed(seed)
    np.random.seed(seed % 2**32)

    drawn = Capabilities(**{flag.name: options.pop(flag.name) for flag in fields(Capabilities) if flag.name in options})
    draft = find_scenario(map_name).draft
    assert draft
    game: SmacGame = StarCraftCapabilityEnvWrapper(
        seed=seed % 2**32,
        map_name=PREFIX + map_name.partition("_")[0],
        continuing_episode=True,
        capability_config=capability_config(draft, drawn),
        **options,
    )
    return game


def capability_config(draft: Draft, drawn: Capabilities) -> dict[str, Any]:
    """Return SMACv2's description of what it draws.

    Its `p` is the probability of a mirror image, its `mask_probability` that an enemy is shown.
    """
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
        **{name: uniform(bounds, drawn) for name in ("attack", "health") if (bounds := getattr(drawn, name))},
        **({"enemy_mask": {"dist_type": "mask", "mask_probability": 1 - drawn.enemy_mask}} if drawn.enemy_mask else {}),
    }


def uniform(bounds: Sequence[float], drawn: Capabilities) -> dict[str, Any]:
    """Return SMACv2's description of a number that is drawn for each agent between these bounds."""
    low, high = map(float, bounds)
    observe = drawn.observe_capabilities
    return {"dist_type": "per_agent", "lower_bound": [low], "upper_bound": [high], "observe": observe}
