"""The packages of the loggers, which are extras of aiirmix."""

import importlib.util
from collections.abc import Mapping

from aiirmix.common.errors import ConfigError


def check(node: Mapping[str, object]) -> None:
    """Make sure that the package of a logger is installed.

    Raises:
        ConfigError: it is not; the message says how to install it.
    """
    package = str(node["_target_"]).split(".")[-2]
    if importlib.util.find_spec(package) is None:
        raise ConfigError(f"logger={package} needs the package {package}: pip install 'aiirmix[{package}]'")
