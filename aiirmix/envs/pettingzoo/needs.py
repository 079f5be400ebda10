"""What `env=pettingzoo` needs, looked up without importing it."""

import importlib.util
from typing import Any

from aiirmix.common.errors import ConfigError

EXTRA = "pip install 'aiirmix[pettingzoo]'"


def check(settings: dict[str, Any]) -> None:
    """Checks what these settings of `conf/env/pettingzoo.yaml` need.

    Raises:
        ConfigError: PettingZoo or the module of the environment is not installed.
    """
    if importlib.util.find_spec("pettingzoo") is None:
        raise ConfigError(f"env=pettingzoo needs the package pettingzoo: {EXTRA}")
    find_module(settings["module"])


def find_module(module: str) -> None:
    """Makes sure that there is a module of this name.

    Raises:
        ConfigError: there is none; the message says whether its package is missing.
    """
    package = module.partition(".")[0]
    if not package or importlib.util.find_spec(package) is None:
        raise ConfigError(f"env.module={module}: there is no package {package or repr(package)}: pip install it")
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise ConfigError(f"env.module={module}: {package} is installed and has no such module")
