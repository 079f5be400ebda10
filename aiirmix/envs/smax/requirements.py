"""What `env=smax` requires, looked up without importing it."""

import importlib.util
from typing import Any

from aiirmix.common.errors import ConfigError


def check(settings: dict[str, Any]) -> None:
    """Check that JaxMARL is installed.

    Raises:
        ConfigError: it is not; the message says how to install it.
    """
    if importlib.util.find_spec("jaxmarl") is None:
        raise ConfigError("env=smax needs the package jaxmarl: pip install 'aiirmix[smax]'")
