"""Figures of the paper and ablations: plan their runs, train the missing ones, and draw."""

import inspect
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.utils import get_method
from omegaconf import OmegaConf

from aiirmix.common.counted import counted
from aiirmix.common.duration import duration
from aiirmix.common.errors import ConfigError
from aiirmix.report.cells import read_cells, under_models
from aiirmix.report.evaluations import Evaluations, grouped, load, read
from aiirmix.report.figure_spec import FigureSpec, Settings, figure_names, read_figure_spec
from aiirmix.report.speeds import Speeds, steps_left
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.recorded import RecordedRun, find_runs
from aiirmix.runs.seeds import refuse_tuning_seeds
from aiirmix.training.build import build

TRAIN = (sys.executable, "-m", "aiirmix", "train", "-m")
LAUNCHER = "hydra/launcher"


@dataclass(frozen=True)
class FigurePlan:
    """A figure, the commands that make its runs, and the directories of these."""

    figure: str
    spec: FigureSpec
    commands: list[list[str]]
    budgets: Mapping[Path, int]
    """Environment steps of the run in each directory."""

    @property
    def folder(self) -> Path:
        """`runs/<name>`."""
        return next(iter(self.budgets)).parents[2]


def make_figures(words: Sequence[str], dry: bool, kept: Path | None = None, cells: Path | None = None) -> int:
    """Make figures, only list their runs, or only draw them.

    Args:
        words: names of figures, and settings.
        dry: only list the runs.
        kept: only draw, from this file of evaluations and into its folder.
        cells: a file that says which of the kept runs stand for the figures' models.

    Returns:
        The exit code: 1 if a run failed, else 0.

    Raises:
        ConfigError: there is no such figure, or its runs cannot be made or drawn.
    """
    changes = dict(word.split("=", 1) for word in words if "=" in word)
    plans = [plan_runs(word, read_figure_spec(word), changes) for word in words if "=" not in word]
    if not plans:
        raise ConfigError(f"name a figure: {', '.join(figure_names())}")
    if kept:
        for plan in plans:
            _redraw(plan, kept, cells)
        return 0
    if cells:
        raise ConfigError("--cells chooses from kept evaluations; add --kept FILE")
    for plan in plans:
        print("\n".join(listing(plan)), flush=True)
    return 0 if dry else max(_make(plan) for plan in plans)


def plan_runs(figure: str, spec: FigureSpec, changes: Settings) -> FigurePlan:
    """Plan the runs of a figure, with the user's changes.

    Raises:
        ConfigError: a setting is wrong.
    """
    from aiirmix.launch.plan import plan
    from aiirmix.launch.ranges import as_typed

    settings = {LAUNCHER: "joblib", **changes}
    commands = [[as_typed(word) for word in words] for words in spec.commands(settings)]
    runs = [run for words in commands for run in plan(words, multirun=True)]
    refuse_tuning_seeds((run.config["seed"] for run in runs), "figures need")
    return FigurePlan(figure, spec, commands, {run.directory.path: run.config["env_steps"] for run in runs})


def listing(plan: FigurePlan) -> list[str]:
    """List the runs by model and map, with the time that the missing ones will take."""
    speeds, seconds, cores = Speeds(plan.folder.parent), [0.0], os.cpu_count() or 1
    lines = [f"{plan.figure}: {plan.spec.title}; {counted(len(plan.budgets), 'run')} in {plan.folder}"]
    for alike in grouped(plan.budgets, lambda path: str(path.parent)):
        directories = [RunDirectory(path) for path in alike]
        _, model, map_label, _ = directories[0].labels
        left = [steps_left(directory, plan.budgets[directory.path]) for directory in directories]
        missing, speed = sum(steps > 0 for steps in left), speeds.of(model, map_label)
        seconds += [steps / speed.env_steps_per_second for steps in left]
        all_runs, needed = counted(len(left), "run"), f"{duration(sum(seconds[-len(left) :]))} of one core at {speed}"
        to_do = f"{missing} of {all_runs} to do, {needed}"
        lines.append(f"  {model} on {map_label}: {to_do if missing else f'complete, {all_runs}'}")
    together = max(sum(seconds) / cores, *seconds)
    return [*lines, f"  together {duration(sum(seconds))} of one core, about {duration(together)} on {cores} cores"]


def train(plan: FigurePlan) -> tuple[int, list[RecordedRun]]:
    """Train the missing runs; return the exit code of the training, and all runs."""
    codes = [subprocess.run([*TRAIN, *words], check=False).returncode for words in plan.commands]
    code = next(filter(None, codes), 0)
    wanted = {path.resolve() for path in plan.budgets}
    return code, [run for run in find_runs(plan.folder) if run.directory.path in wanted]


def _make(plan: FigurePlan) -> int:
    """Train the missing runs and draw; return the exit code of the training."""
    code, runs = train(plan)
    path = plan.folder / f"{plan.figure}.png"
    if _draws_evaluations(plan):
        _draw(plan, path, evaluations=read(runs))
    else:
        _draw(plan, path, runs=runs)
    print(f"{plan.figure}: {path}, with its numbers in {path.with_suffix('.csv').name} beside it")
    if missing := len(plan.budgets) - sum(run.is_complete for run in runs):
        print(f"unfinished: {missing} of {counted(len(plan.budgets), 'run')}")
    return code


def _redraw(plan: FigurePlan, kept: Path, cells: Path | None) -> None:
    """Draw the curves of the runs whose evaluations were kept."""
    if not _draws_evaluations(plan):
        raise ConfigError(f"{plan.figure} takes more than evaluations to draw; leave --kept out")
    wanted = {path.parts[-3:] for path in plan.budgets}
    found = under_models(load(kept), read_cells(cells)) if cells else load(kept)
    runs = [run for run in found if (run.model, run.map_label, f"seed={run.seed}") in wanted]
    path = kept.parent / f"{'-'.join([plan.figure, *([cells.stem] if cells else [])])}.png"
    _draw(plan, path, evaluations=runs)
    print(f"{plan.figure}: {path}, of {counted(len(runs), 'run')}")


def _draws_evaluations(plan: FigurePlan) -> bool:
    """Whether evaluations are all that the picture shows. Others take the runs, whose models they load."""
    return "evaluations" in inspect.signature(get_method(plan.spec.picture["_target_"])).parameters


def _draw(plan: FigurePlan, path: Path, **what: Sequence[Evaluations] | Sequence[RecordedRun]) -> None:
    build(OmegaConf.create(plan.spec.picture), **what, path=path, title=plan.spec.title)
