"""Where a run is recorded: `<name>/<model>/<map>/seed=<n>`, spelt by its own settings."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from aiirmix.common.digest import content_name

DEFAULT_ENV = "skirmish"
_LONGEST = 120


def run_path(root: DictConfig) -> str:
    """The run's directory below `runs/`, from a composed configuration that still has its `hydra` node."""
    choices = root.hydra.runtime.choices
    overrides = list(root.hydra.overrides.task)
    model = label(str(choices.model), settings("model", overrides))
    env_settings = settings("env", overrides)
    env_settings.pop("map", None)
    env = label(world(str(choices.env), OmegaConf.select(root, "env.map")), env_settings)
    return f"{root.name}/{model}/{env}/seed={root.seed}"


def settings(part: str, overrides: Iterable[str]) -> dict[str, str]:
    """What the overrides set inside `part` of the configuration, by the name below it.

    Example:
        >>> settings("model", ["model=rmix", "model.gamma=0.9", "model/mixer=linear", "seed=1"])
        {'gamma': '0.9', 'mixer': 'linear'}
    """
    inside = re.compile(rf"[+~]*{part}[./](?P<key>[^=]+)(?:=(?P<value>.*))?", re.DOTALL)
    matches = filter(None, map(inside.fullmatch, overrides))
    return {match["key"].replace("/", "."): match["value"] or "null" for match in matches}


def label(choice: str, changes: dict[str, str]) -> str:
    """A folder name for a choice and the changes made to it; their order does not matter."""
    spelt = [f"{key}={value}" for key, value in sorted(changes.items())]
    name = ",".join(_safe(part) for part in [choice, *spelt])
    if len(name) <= _LONGEST:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[:_LONGEST]}…{digest}"


def world(env: str, chosen_map: object) -> str:
    """The name of what is played: the map, after the environment unless that is the default one."""
    if chosen_map is None:
        return env
    name = _map_name(str(chosen_map))
    return name if env == DEFAULT_ENV else f"{env}-{name}"


def _map_name(chosen_map: str) -> str:
    """Return the name of a map; of a map file, one that changes with its content."""
    path = Path(chosen_map)
    return content_name(path) if path.suffix in (".yaml", ".yml") and path.is_file() else chosen_map


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=@-]+", "-", text)


def _log_handlers(root: DictConfig) -> list[str]:
    """Where a run's log goes: a run of a sweep leaves the terminal to the table of all runs."""
    return ["file"] if root.hydra.mode == RunMode.MULTIRUN else ["terminal", "file"]


OmegaConf.register_new_resolver("run_directory", lambda *, _root_: run_path(_root_), replace=True)
OmegaConf.register_new_resolver("log_handlers", lambda *, _root_: _log_handlers(_root_), replace=True)
