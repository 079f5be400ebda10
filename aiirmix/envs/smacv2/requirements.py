"""What `env=smacv2` requires on this machine, looked up without importing or starting any of it."""

from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.scenarios import EMPTY_MAP, require_scenario
from aiirmix.envs.smac.requirements import check_games, folder_of, has_game


def check(settings: dict[str, Any]) -> None:
    """Check everything that these settings of `conf/env/smacv2.yaml` require.

    Raises:
        ConfigError: something is missing or unknown, or SMACv2's package cannot do it.
    """
    require_scenario(settings["map"])
    if settings["obs_instead_of_state"]:
        raise ConfigError("SMACv2's package has no obs_instead_of_state; env=skirmish has it on its scenarios")
    if settings["health"] and not settings["reward_only_positive"]:
        raise ConfigError("SMACv2's package needs reward_only_positive=true with health; env=skirmish does not")
    check_games(settings, find_smacv2, EMPTY_MAP)


def find_smacv2() -> Path:
    """Return the folder of SMACv2's package."""
    folder = folder_of("smacv2")
    if folder is None or not has_game(folder):
        raise ConfigError(
            "env=smacv2 needs SMACv2's package, which is only on GitHub: make sc2 installs it, or "
            "pip install --no-deps git+https://github.com/oxwhirl/smacv2"
        )
    return folder
