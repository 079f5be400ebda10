"""From overrides to composed configurations, without starting anything."""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import CONF
from aiirmix.launch import naming, schema  # noqa: F401 - they make themselves known to Hydra
from aiirmix.launch.diagnosis import diagnose

# The launchers in conf/ have the names of their plugins' own, which thereby are their schemas.
warnings.filterwarnings("ignore", r"\s*'hydra/launcher", UserWarning)


@contextmanager
def configurations() -> Iterator[None]:
    """Inside, `parse` and `compose_run` know the files of `conf/`."""
    with initialize_config_dir(str(CONF), version_base="1.3", job_name="aiirmix"):
        yield


def parse(arguments: Sequence[str]) -> list[Override]:
    """The overrides that the arguments spell.

    Raises:
        ConfigError: one of them cannot be read.
    """
    loader = GlobalHydra.instance().config_loader()
    with explained():
        return OverridesParser.create(config_loader=loader).parse_overrides(list(arguments))


def split(overrides: Sequence[Override]) -> list[tuple[str, ...]]:
    """The overrides of every run of a sweep, the last key running fastest.

    Raises:
        ConfigError: a sweep has no list of values.
    """
    for override in overrides:
        if override.is_sweep_override() and not override.is_discrete_sweep():
            raise ConfigError(f"{override.input_line} is no list of values")
    [jobs] = BasicSweeper.split_arguments(list(overrides), max_batch_size=None)
    return [tuple(job) for job in jobs]


def compose_run(overrides: Sequence[str]) -> DictConfig:
    """The configuration of one run, with its `hydra` node.

    Raises:
        ConfigError: the overrides do not fit the configuration; the message says which and what would be right.
    """
    with explained(parse(overrides)):
        return compose("config", list(overrides), return_hydra_config=True)


@contextmanager
def explained(overrides: Sequence[Override] = ()) -> Iterator[None]:
    """Turns what Hydra and OmegaConf object to into a ConfigError, for the user who typed these overrides."""
    try:
        yield
    except ConfigError:
        raise
    except (HydraException, OmegaConfBaseException, ValueError) as error:
        raise diagnose(error, overrides) from error
