"""What `hydra/launcher=ray` needs."""

import importlib.util
from collections.abc import Mapping

from aiirmix.common.errors import ConfigError


def check(_settings: Mapping[str, object]) -> None:
    """Check that Ray is installed.

    Raises:
        ConfigError: it is not.
    """
    if importlib.util.find_spec("ray") is None:
        raise ConfigError("hydra/launcher=ray needs Ray: pip install 'aiirmix[ray]'")
