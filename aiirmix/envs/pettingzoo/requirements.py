"""What `env=pettingzoo` requires, looked up without importing it."""

import importlib.util
from typing import Any

from aiirmix.common.errors import ConfigError

EXTRA = "pip install 'aiirmix[pettingzoo]'"


def check(settings: dict[str, Any]) -> None:
    """Check that PettingZoo and the module named in the settings (`conf/env/pettingzoo.yaml`) are installed.

    Raises:
        ConfigError: one of them is missing; the message says how to install it.
    """
    if importlib.util.find_spec("pettingzoo") is None:
        raise ConfigError(f"env=pettingzoo needs the package pettingzoo: {EXTRA}")
    require_module(settings["module"])


def require_module(module: str) -> None:
    """Check that a module exists.

    Raises:
        ConfigError: it does not; the message says whether its package is missing.
    """
    package = module.partition(".")[0]
    if not package or importlib.util.find_spec(package) is None:
        raise ConfigError(f"env.module={module}: there is no package {package or repr(package)}: pip install it")
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ConfigError(f"env.module={module}: {package} is installed, but has no such module")
