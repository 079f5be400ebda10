"""What `env=smacv2` requires on this machine, looked up without importing or starting any of it."""

import importlib.util
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.scenarios import EMPTY_MAP, require_scenario
from aiirmix.envs.smac.requirements import check_games


def check(settings: dict[str, Any]) -> None:
    """Check everything that these settings of `conf/env/smacv2.yaml` require.

    Raises:
        ConfigError: something is missing or unknown, or SMACv2's package cannot do it.
    """
    require_scenario(settings["map"])
    if settings["obs_instead_of_state"]:
        raise ConfigError("SMACv2's package has no obs_instead_of_state; env=skirmish has it on its scenarios")
    check_games(settings, find_smacv2, EMPTY_MAP)


def find_smacv2() -> Path:
    """Return the folder of SMACv2's package."""
    found = importlib.util.find_spec("smacv2")
    if found is None or not found.submodule_search_locations:
        raise ConfigError(
            "env=smacv2 needs SMACv2's package, which is only on GitHub: make sc2 installs it, or "
            "pip install --no-deps git+https://github.com/oxwhirl/smacv2"
        )
    return Path(next(iter(found.submodule_search_locations)))
