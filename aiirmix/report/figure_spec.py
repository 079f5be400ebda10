"""A figure as data (`experiments/<figure>.yaml`): its runs, and what draws it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.report.yaml_spec import read_yaml, require_keys

PICTURE = "\npicture:"
"""What the file of a figure has, and no other file of `experiments/`."""
NEVER_IN_THE_NAME = ("seed", "env", "model", "hydra", "logger", "callbacks", "trainer", "threads")
"""Settings that the run directory spells anyway, or that do not affect results."""

Settings = dict[str, str]
"""Overrides of `run.py` by key; a value may be several, separated by commas."""


@dataclass(frozen=True)
class FigureSpec:
    """A figure of the paper, or an ablation."""

    title: str
    name: str
    """The folder in runs/."""
    sweeps: list[Settings]
    seeds: Mapping[str, str]
    """By the protocol of evaluation, of sweeps that name none."""
    picture: dict[str, Any] = field(default_factory=dict)
    """What draws it: `_target_` and its arguments. Empty: nothing is drawn, and it is no figure."""

    def commands(self, changes: Settings) -> list[list[str]]:
        """Return the arguments of `run.py -m` for each sweep, with the user's changes."""
        name = {"name": changes.get("name") or experiment_name(self.name, changes)}
        seeds = {"seed": changes.get("seed") or self._seeds(changes.get("evaluation", "paper"))}
        merged = [{**seeds, **sweep, **changes, **name} for sweep in self.sweeps]
        return [[f"{key}={value}" for key, value in settings.items()] for settings in merged]

    def _seeds(self, evaluation: str) -> str:
        if evaluation not in self.seeds:
            raise ConfigError(f"{unknown('evaluation', evaluation, list(self.seeds))}; or say seed=0-4, for example")
        return self.seeds[evaluation]


def experiment_name(name: str, changes: Mapping[str, str]) -> str:
    """Return the folder of the runs. Changed settings, such as a smaller budget, have a folder of their own."""
    groups = [key.partition(".")[0].partition("/")[0] for key in changes]
    suffixes = (
        f"{key.rpartition('.')[2]}-{changes[key]}"
        for key, group in zip(changes, groups, strict=True)
        if group not in NEVER_IN_THE_NAME
    )
    return "-".join([name, *suffixes])


def figure_names(folder: Path = EXPERIMENTS) -> list[str]:
    """Return the names of the figures that a folder describes."""
    return sorted(file.stem for file in folder.glob("*.yaml") if PICTURE in file.read_text(encoding="utf-8"))


def read_figure_spec(name: str, folder: Path = EXPERIMENTS) -> FigureSpec:
    """Read the figure `<folder>/<name>.yaml`.

    Raises:
        ConfigError: there is no such figure, or its content is wrong.
    """
    path = folder / f"{name}.yaml"
    if not path.exists():
        raise ConfigError(unknown("figure", name, figure_names(folder)))
    spec = read_sweeps(path)
    if not spec.picture:
        raise ConfigError(f"{path} describes no figure: it has no picture")
    return spec


def read_sweeps(path: Path) -> FigureSpec:
    """Read a file of sweeps.

    Raises:
        ConfigError: its content is wrong.
    """
    entries = require_keys(read_yaml(path), FigureSpec, str(path))
    sweeps = [{key: _joined(values) for key, values in sweep.items()} for sweep in entries["sweeps"]]
    return FigureSpec(**{**entries, "sweeps": sweeps})


def _joined(values: Sequence[object]) -> str:
    return ",".join(value if isinstance(value, str) else shown(value) for value in values)
