"""A figure as data (`experiments/<figure>.yaml`): which runs it takes, and what draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.common.resources import EXPERIMENTS

NEVER_IN_THE_NAME = ("seed", "env", "model", "hydra", "logger", "trainer")
"""Settings that are spelt in the directory of a run anyway, or that do not matter to its results."""

Settings = dict[str, str]
"""What `run.py` takes, key by key; a value may be several, with commas between them."""


@dataclass(frozen=True)
class Experiment:
    """A figure of the paper, or an ablation."""

    title: str
    name: str
    """The folder in runs/."""
    sweeps: list[Settings]
    seeds: Mapping[str, str]
    """By the protocol of evaluation."""
    picture: dict[str, Any]
    """What draws it: `_target_` and its arguments."""

    def commands(self, changes: Settings) -> list[list[str]]:
        """The arguments of `run.py -m`, a list for each sweep, with the user's changes to them."""
        name = {"name": changes.get("name") or self._name(changes)}
        seeds = {"seed": changes.get("seed") or self._seeds(changes.get("evaluation", "paper"))}
        merged = [{**sweep, **seeds, **changes, **name} for sweep in self.sweeps]
        return [[f"{key}={value}" for key, value in settings.items()] for settings in merged]

    def _name(self, changes: Settings) -> str:
        """Runs of other settings, a smaller budget say, get a folder of their own."""
        parts = [key.partition(".")[0].partition("/")[0] for key in changes]
        told = (
            f"{key.rpartition('.')[2]}-{changes[key]}"
            for key, part in zip(changes, parts, strict=True)
            if part not in NEVER_IN_THE_NAME
        )
        return "-".join([self.name, *told])

    def _seeds(self, evaluation: str) -> str:
        if evaluation not in self.seeds:
            raise ConfigError(f"{unknown('evaluation', evaluation, list(self.seeds))}; or say seed=0-4, for example")
        return self.seeds[evaluation]


def read_experiment(name: str, folder: Path = EXPERIMENTS) -> Experiment:
    """The experiment in `<folder>/<name>.yaml`.

    Raises:
        ConfigError: there is none of that name, or its file holds something else.
    """
    path = folder / f"{name}.yaml"
    known = sorted(file.stem for file in folder.glob("*.yaml") if file.stem.startswith(("figure", "ablation")))
    if not path.exists():
        raise ConfigError(unknown("figure", name, known))
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    return _experiment(entries, path)


def _experiment(entries: object, path: Path) -> Experiment:
    keys = [field.name for field in fields(Experiment)]
    if not isinstance(entries, dict):
        raise ConfigError(f"{path}: should have the keys {', '.join(keys)}")
    for key in entries:
        if key not in keys:
            raise ConfigError(f"{path}: {unknown('key', str(key), keys)}")
    missing = [key for key in keys if key not in entries]
    if missing:
        raise ConfigError(f"{path}: {missing[0]} must be given")
    sweeps = [{key: _values(value) for key, value in sweep.items()} for sweep in entries["sweeps"]]
    return Experiment(**{**entries, "sweeps": sweeps})


def _values(values: Sequence[object]) -> str:
    return ",".join(value if isinstance(value, str) else shown(value) for value in values)
