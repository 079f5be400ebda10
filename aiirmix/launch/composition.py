"""One composed configuration, for all runs that differ in nothing but their seed."""

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import DictConfig, OmegaConf

from aiirmix.launch.checker.components import check_components, check_requirements
from aiirmix.launch.compose import compose_run, explained
from aiirmix.launch.hydra_settings import check_hydra, refuse_changing_values
from aiirmix.launch.schema import check_settings
from aiirmix.runs.config import config_text, plain_value

_PROBES = (4294967291, 4294967279)
"""Two seeds that nobody types. Their digits mark the places in a configuration that depend on the seed."""


Compose = Callable[[Sequence[str]], DictConfig]
"""Composes overrides with the `hydra` node, or raises `ConfigError`."""


class Resolved(NamedTuple):
    """What a configuration says for one seed."""

    path: str
    """The directory of the run."""
    config: dict[str, Any]
    text: str
    """The configuration as YAML."""


class Composition:
    """A checked configuration, composed once.

    Composing and resolving take milliseconds, and in a large sweep most runs differ in nothing but the seed. So these
    are resolved together, unless another setting depends on the seed.

    Args:
        overrides: without sweeps.
        multirun: whether the runs belong to a sweep.
        compose: what composes the overrides.

    Raises:
        ConfigError: the configuration cannot be composed, or a setting is invalid.
    """

    def __init__(self, overrides: Sequence[str], multirun: bool, compose: Compose = compose_run) -> None:
        self.root, self.multirun = compose(overrides), multirun
        with explained():
            refuse_changing_values(self.root)
            config = self._config()
            check_run(config)
            check_hydra(self.root, multirun)

    @property
    def experiment(self) -> DictConfig:
        """The configuration without Hydra's own."""
        return OmegaConf.masked_copy(self.root, [str(key) for key in self.root if key != "hydra"])

    def resolve(self, seed: int | None) -> Resolved:
        """Return the path and the configuration with this seed; None leaves the seed of the configuration."""
        if seed is None or self._of_any_seed is None:
            return self._resolve(seed)
        path, config, text = self._of_any_seed
        probe = str(_PROBES[0])
        return Resolved(path.replace(probe, str(seed)), {**config, "seed": seed}, text.replace(probe, str(seed)))

    @cached_property
    def _of_any_seed(self) -> Resolved | None:
        """What is resolved for the first probe; None if replacing its digits does not give that of the second."""
        one, other = map(self._resolve, _PROBES)
        first, second = map(str, _PROBES)
        same = {**one.config, "seed": 0} == {**other.config, "seed": 0}
        replaced = [part.replace(first, second) for part in (one.path, one.text)]
        return one if same and replaced == [other.path, other.text] else None

    def _resolve(self, seed: int | None) -> Resolved:
        if seed is not None:
            self.root.seed = seed
        with explained():
            config = self._config()
            return Resolved(self._path(), config, config_text(config))

    def _config(self) -> dict[str, Any]:
        return {str(key): plain_value(self.root, str(key)) for key in self.root if key != "hydra"}

    def _path(self) -> str:
        hydra = self.root.hydra
        return str(Path(hydra.sweep.dir, hydra.sweep.subdir) if self.multirun else Path(hydra.run.dir))


def check_run(config: dict[str, Any]) -> None:
    """Check the settings of one run.

    Raises:
        ConfigError: one of them is invalid.
    """
    check_settings(config)
    check_components(config)
    check_requirements(config)
