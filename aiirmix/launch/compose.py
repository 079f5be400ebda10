"""Compose configurations from overrides, without starting anything."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from aiirmix.common.errors import ConfigError, in_a_line
from aiirmix.common.resources import CONF
from aiirmix.launch import hydra_adapter, naming, schema  # noqa: F401 - naming and schema register with Hydra
from aiirmix.launch.diagnosis import diagnose


@contextmanager
def configurations() -> Iterator[None]:
    """Initialize Hydra with the files of `conf/` while inside the block, for `parse` and `compose_run`."""
    hydra_adapter.name_launcher_schemas()
    with initialize_config_dir(str(CONF), version_base="1.3", job_name="aiirmix"):
        yield


def parse(arguments: Sequence[str]) -> list[Override]:
    """Parse overrides.

    Raises:
        ConfigError: one of them has no meaning.
    """
    with explained():
        return hydra_adapter.parse_overrides(arguments)


def split(overrides: Sequence[Override]) -> list[tuple[str, ...]]:
    """Return the overrides of every run of a sweep. The values of the last key change fastest.

    Raises:
        ConfigError: a sweep is not a list of values.
    """
    for override in overrides:
        if override.is_sweep_override() and not override.is_discrete_sweep():
            raise ConfigError(f"{override.input_line} is not a list of values")
    with explained(overrides):
        return hydra_adapter.split_sweep(overrides)


def compose_run(overrides: Sequence[str]) -> DictConfig:
    """Compose the configuration of one run, with its `hydra` node.

    Raises:
        ConfigError: the overrides do not fit the configuration; the message says which one and what would be right.
    """
    with explained(parse(overrides)):
        return compose("config", list(overrides), return_hydra_config=True)


class Compositions:
    """Composes configurations that share components once, and then changes values. For one plan: files are read once.

    Composing takes most of a plan's time; in a large sweep, most runs differ in values alone.
    """

    def __init__(self) -> None:
        self.composed: dict[tuple[str, ...], DictConfig] = {}

    def compose(self, overrides: Sequence[str]) -> DictConfig:
        """Compose what `compose_run` does.

        Raises:
            ConfigError: as `compose_run`.
        """
        parsed = parse(overrides)
        if not all(hydra_adapter.is_change(one) for one in parsed):
            # Additions and deletions may concern one another, so that their order matters.
            return hydra_adapter.without_help(compose_run(overrides))
        components = tuple(str(one.input_line) for one in parsed if not hydra_adapter.is_value(one))
        if components not in self.composed:
            try:
                self.composed[components] = hydra_adapter.without_help(compose_run(components))
            except ConfigError:
                # The message should be about all overrides.
                return compose_run(overrides)
        with explained(parsed):
            return hydra_adapter.with_values(self.composed[components], parsed)


@contextmanager
def explained(overrides: Sequence[Override] = ()) -> Iterator[None]:
    """Turn errors of Hydra and OmegaConf into a `ConfigError` that explains these overrides."""
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("error", r"provider=hydra\.searchpath", UserWarning)
            yield
    except ConfigError:
        raise
    except UserWarning as warning:
        if "provider=hydra.searchpath" not in str(warning):
            raise
        path = str(warning).partition("path=")[2].removesuffix(" is not available.")
        raise ConfigError(f"hydra.searchpath: there is no folder {path}") from warning
    except TypeError as error:
        unreadable = _no_choice(overrides)
        if unreadable is None:
            raise
        raise ConfigError(f"{unreadable}: a choice is a name, or a list of names") from error
    except YAMLError as error:
        raise ConfigError(f"a configuration file is not YAML: {in_a_line(error)}") from error
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise diagnose(error, overrides) from error


def _no_choice(overrides: Sequence[Override]) -> str | None:
    """Return the first override whose value Hydra could not read as a choice, if there is one."""
    for override in overrides:
        value = override.value()
        if isinstance(value, list) and not all(isinstance(item, str) for item in value):
            return str(override.input_line)
    return None
