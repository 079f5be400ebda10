"""The options of SMAC's and SMACv2's environment classes (docs/smac_contract.md §2.1, docs/smacv2.md)."""

from dataclasses import dataclass, fields
from typing import Any

from aiirmix.envs.contract.smacv2_flags import ScenarioFlags
from aiirmix.envs.skirmish.rules.settings import EnemyOrder


@dataclass(kw_only=True, eq=False)
class Options(ScenarioFlags):
    """SMAC's and SMACv2's names and defaults, without `map_name` and `seed`. The engine's options are inherited."""

    continuing_episode: bool = False
    """Mark a time-out in the info, so that a learner can bootstrap from it."""
    enemy_order: EnemyOrder = "created"
    """See `Skirmish`. The only option that SMAC does not have."""
    replay_dir: str = ""
    """The folder of replays."""
    replay_prefix: str = ""
    """The first part of a replay's file name, instead of the name of the map."""

    difficulty: str = "7"
    """Without effect, as very likely in StarCraft II (docs/smac_contract.md §4.1)."""
    game_version: str | None = None
    """Without effect: there is no game."""
    window_size_x: int = 1920
    """Without effect: there is no window."""
    window_size_y: int = 1200
    """Without effect."""
    debug: bool = False
    """Without effect."""


def engine_arguments(options: Options) -> dict[str, Any]:
    """Return the arguments of `Skirmish`.

    `obs_instead_of_state` is not passed on, because `get_state_dict` needs the state in any case.
    """
    flags = {flag.name: getattr(options, flag.name) for flag in fields(ScenarioFlags)}
    return {**flags, "obs_instead_of_state": False, "enemy_order": options.enemy_order}
