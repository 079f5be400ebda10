"""The one place where configurations become objects."""

from typing import Any

from omegaconf import DictConfig


def build(config: DictConfig, **kwargs: object) -> Any:  # noqa: ANN401 - what the configuration names
    """Build what `_target_` names, with keyword arguments that only the caller knows.

    These arguments arrive unchanged. Passed through Hydra, a dataclass among them would become a configuration.

    Raises:
        InstantiationException: a target cannot be found, or one inside the configuration refuses its arguments.
    """
    from hydra.utils import instantiate

    return instantiate(config, _partial_=True, _convert_="all")(**kwargs)
