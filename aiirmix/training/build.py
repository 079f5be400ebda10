"""The one place where configurations become objects."""

from typing import Any

from omegaconf import DictConfig


def build(config: DictConfig, **kwargs: object) -> Any:  # noqa: ANN401 - whatever the configuration names
    """Builds what the configuration names in `_target_`, with what only the owner knows as keyword arguments.

    Those arguments arrive as they are: handed to Hydra, a dataclass among them would become a configuration.

    Raises:
        InstantiationException: a target cannot be found, or one inside the configuration refuses its arguments.
    """
    from hydra.utils import instantiate

    return instantiate(config, _partial_=True, _convert_="all")(**kwargs)
