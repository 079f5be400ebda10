"""Name the directory of a run by its settings: `<name>/<model>/<map>/seed=<n>`."""

import re
from collections.abc import Iterable
from pathlib import Path

from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf

from aiirmix.common.digest import short_digest
from aiirmix.envs.contract.maps import is_map_file, recorded_name
from aiirmix.launch.hydra_adapter import in_a_sweep
from aiirmix.runs.config import matters

DEFAULT_ENV = "skirmish"
_LONGEST = 200
"""Characters of a folder name; a longer one is cut and gets a digest."""


def run_path(root: DictConfig) -> str:
    """Return the directory of a run below `runs/`, from a composed configuration that still has its `hydra` node."""
    choices = root.hydra.runtime.choices
    overrides = list(root.hydra.overrides.task)
    model = label(str(choices.model), settings("model", overrides))
    typed = settings("env", overrides)
    target = OmegaConf.select(root, "env._target_")
    env_settings = {key: value for key, value in typed.items() if key != "map" and matters(f"env.{key}", target)}
    env = label(map_label(str(choices.env), OmegaConf.select(root, "env.map")), env_settings)
    return f"{root.name}/{model}/{env}/seed={root.seed}"


def settings(part: str, overrides: Iterable[str]) -> dict[str, str]:
    """Return what the overrides set inside one `part` of the configuration, without its name in the keys.

    Values are spelt as in a sweep, so that a run has one directory however its settings were typed.

    Example:
        >>> settings("model", ["model=rmix", "model.gamma=0.9", "model/mixer=linear", "seed=1"])
        {'gamma': '0.9', 'mixer': 'linear'}
    """
    inside = re.compile(rf"[+~]*{part}[./](?P<key>[^=]+)(?:=(?P<value>.*))?", re.DOTALL)
    typed = [override for override in overrides if inside.fullmatch(override)]
    matches = filter(None, map(inside.fullmatch, map(in_a_sweep, typed)))
    return {match["key"].replace("/", "."): match["value"] or "null" for match in matches}


def label(choice: str, changes: dict[str, str]) -> str:
    """Return a folder name for a choice and the changes made to it. The order of the changes does not matter."""
    parts = [choice, *(f"{key}={value}" for key, value in sorted(changes.items()))]
    name = ",".join(map(_safe, parts))
    if len(name) <= _LONGEST:
        return name
    return f"{name[:_LONGEST]}…{short_digest(name.encode())}"


def map_label(env: str, chosen_map: object) -> str:
    """Return the name of the map, with the environment before it unless that is the default one."""
    if chosen_map is None:
        return env
    choice = str(chosen_map)
    is_recorded = Path(choice).is_file() or not is_map_file(choice)
    name = recorded_name(choice) if is_recorded else choice
    return name if env == DEFAULT_ENV else f"{env}-{name}"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._+=@-]+", "-", text)


def _log_handlers(root: DictConfig) -> list[str]:
    """Choose where a run logs to. In a sweep, the terminal shows the status table instead."""
    return ["file"] if root.hydra.mode == RunMode.MULTIRUN else ["terminal", "file"]


OmegaConf.register_new_resolver("run_directory", lambda *, _root_: run_path(_root_), replace=True)
OmegaConf.register_new_resolver("log_handlers", lambda *, _root_: _log_handlers(_root_), replace=True)
