"""The one place where configurations become objects."""

from typing import Any

from omegaconf import DictConfig


def build(config: DictConfig, **kwargs: object) -> Any:  # noqa: ANN401 - whatever the configuration names
    """Builds what the configuration names in `_target_`, with what only the owner knows as keyword arguments.

    Raises:
        InstantiationException: the target cannot be found or refuses its arguments; its cause is the reason.
    """
    from hydra.utils import instantiate

    return instantiate(config, **kwargs)
