"""Makes figures of the paper: `python -m aiirmix.report.figure figure3`.

A figure is data, `experiments/<figure>.yaml`: the runs that it takes, and what draws it. The command trains what is
missing, on all cores, and draws. Settings are those of `run.py`, e.g. `env_steps=200000 seed=0-2 env=smac`, and may
replace what the figure says, e.g. `env.map=8m`. With `--dry` it only lists what would run, and how long it will take.
With `--kept evaluations.csv` it trains nothing, and draws learning curves from evaluations that outlived their runs.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.utils import get_method
from omegaconf import OmegaConf

from aiirmix.common.errors import ConfigError
from aiirmix.report.curves import curves_picture, draw_curves
from aiirmix.report.estimate import Speeds, steps_left
from aiirmix.report.evaluations import grouped, load
from aiirmix.report.experiment import Experiment, Settings, read_experiment
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.recorded import find_runs
from aiirmix.training.build import build

TRAIN = (sys.executable, "-m", "aiirmix", "train")
LAUNCHER = "hydra/launcher"


@dataclass(frozen=True)
class Planned:
    """A figure, the commands that make its runs, and where these are."""

    figure: str
    experiment: Experiment
    commands: list[list[str]]
    budgets: Mapping[Path, int]
    """Environment steps of the run in each directory."""

    @property
    def folder(self) -> Path:
        """`runs/<name>`."""
        return next(iter(self.budgets)).parents[2]


def main() -> None:
    """Makes the figures that the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.figure", description="Makes figures of the paper.")
    parser.add_argument("words", nargs="+", metavar="FIGURE", help="figure3, … and settings of run.py, key=value")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--dry", action="store_true", help="only list what would run, and how long it will take")
    instead.add_argument("--kept", type=Path, metavar="FILE", help="only draw, from these kept evaluations")
    arguments = parser.parse_args()
    try:
        sys.exit(command(arguments.words, arguments.dry, arguments.kept))
    except ConfigError as error:
        sys.exit(f"error: {error}")


def command(words: Sequence[str], dry: bool, kept: Path | None = None) -> int:
    """Makes, lists or only draws figures.

    Args:
        words: names of figures, and settings.
        dry: only list.
        kept: only draw, from this file of evaluations and beside it.

    Returns:
        The exit code: 1 if a run failed, else 0.

    Raises:
        ConfigError: there is no such figure, or its runs cannot be made or drawn.
    """
    changes = dict(word.split("=", 1) for word in words if "=" in word)
    figures = [_plan(word, changes) for word in words if "=" not in word]
    if kept:
        for figure in figures:
            _redraw(figure, kept)
        return 0
    for figure in figures:
        print("\n".join(_listing(figure)), flush=True)
    return 0 if dry else max(_make(figure) for figure in figures)


def _plan(figure: str, changes: Settings) -> Planned:
    from aiirmix.launch.plan import plan
    from aiirmix.launch.ranges import expand_seeds

    experiment = read_experiment(figure)
    settings = {LAUNCHER: "joblib", **changes}
    commands = [[expand_seeds(word) for word in words] for words in experiment.commands(settings)]
    runs = [run for words in commands for run in plan(words, multirun=True)]
    return Planned(figure, experiment, commands, {run.directory.path: run.config["env_steps"] for run in runs})


def _listing(figure: Planned) -> list[str]:
    """The runs by model and map, and how long the missing ones will take."""
    speeds, seconds, cores = Speeds(figure.folder.parent), [0.0], os.cpu_count() or 1
    lines = [f"{figure.figure}: {figure.experiment.title}; {len(figure.budgets)} runs in {figure.folder}"]
    for alike in grouped(figure.budgets, lambda path: str(path.parent)):
        model, world = alike[0].parts[-3:-1]
        left = [steps_left(RunDirectory(path), figure.budgets[path]) for path in alike]
        missing, speed = sum(steps > 0 for steps in left), speeds.of(model, world)
        seconds += [steps / speed.env_steps_per_second for steps in left]
        needed = f"{missing} of {len(left)} runs to do, {_duration(sum(seconds[-len(left) :]))} of one core at {speed}"
        lines.append(f"  {model} on {world}: {needed if missing else f'complete, {len(left)} runs'}")
    together = max(sum(seconds) / cores, *seconds)
    return [*lines, f"  together {_duration(sum(seconds))} of one core, about {_duration(together)} on {cores} cores"]


def _make(figure: Planned) -> int:
    """Trains what is missing and draws; the exit code of the training."""
    launched = (subprocess.run([*TRAIN, "-m", *words], check=False) for words in figure.commands)
    code = max(process.returncode for process in launched)
    wanted = {path.resolve() for path in figure.budgets}
    runs = [run for run in find_runs(figure.folder) if run.directory.path in wanted]
    path = figure.folder / f"{figure.figure}.png"
    build(OmegaConf.create(figure.experiment.picture), runs=runs, path=path, title=figure.experiment.title)
    print(f"{figure.figure}: {path}, with its numbers in {path.with_suffix('.csv').name} beside it")
    return code


def _redraw(figure: Planned, kept: Path) -> None:
    """Draws the curves of the figure's runs, as far as their evaluations were kept."""
    if get_method(figure.experiment.picture["_target_"]) is not curves_picture:
        raise ConfigError(f"{figure.figure} takes more than evaluations to draw; leave --kept out")
    wanted = {path.parts[-3:] for path in figure.budgets}
    runs = [run for run in load(kept) if (run.model, run.world, f"seed={run.seed}") in wanted]
    path = kept.parent / f"{figure.figure}.png"
    draw_curves(runs, path, figure.experiment.title)
    print(f"{figure.figure}: {path}, of {len(runs)} runs")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


if __name__ == "__main__":
    main()
