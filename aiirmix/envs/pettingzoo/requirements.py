"""What `env=pettingzoo` requires: the package, the module, and an environment that can be played."""

import importlib.util
import json
from functools import cache
from typing import Any

from aiirmix.common.errors import ConfigError, in_a_line

EXTRA = "pip install 'aiirmix[pettingzoo]'"


def check(settings: dict[str, Any]) -> None:
    """Check the settings (`conf/env/pettingzoo.yaml`): one copy of the environment is built and plays one step.

    Settings that were checked before in this process are not checked again.

    Raises:
        ConfigError: a package or module is missing, or the environment cannot be played; the message says why.
    """
    if importlib.util.find_spec("pettingzoo") is None:
        raise ConfigError(f"env=pettingzoo needs the package pettingzoo: {EXTRA}")
    require_module(settings["module"])
    _try(json.dumps({key: value for key, value in settings.items() if key != "_target_"}, sort_keys=True))


def require_module(module: str) -> None:
    """Check that a module exists.

    Raises:
        ConfigError: it does not; the message says whether its package is missing.
    """
    package = module.partition(".")[0]
    if not package or importlib.util.find_spec(package) is None:
        cure = "install it, or add the folder that holds it to PYTHONPATH"
        raise ConfigError(f"env.module={module}: there is no package {package or repr(package)}: {cure}")
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        found = None
    except Exception as error:
        raise ConfigError(f"env.module={module} cannot be imported: {in_a_line(error)}") from error
    if found is None:
        raise ConfigError(f"env.module={module}: {package} is installed, but has no such module")


@cache
def _try(settings: str) -> None:
    """Play one step with settings given as JSON."""
    import numpy as np

    from aiirmix.envs.pettingzoo.env import PettingZoo

    env = PettingZoo(**json.loads(settings))
    try:
        frame = env.reset(np.array([2**62]))
        env.step(frame.avail.argmax(-1))
    except Exception as error:
        raise ConfigError(f"env.module={env.module} cannot be played: {in_a_line(error)}") from error
    finally:
        env.close()
