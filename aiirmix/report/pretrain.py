"""Makes the trained models that travel with the package: train, choose, strip, count wins, write."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from rich.progress import track

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import require_space
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.common.statistics import wilson_interval
from aiirmix.data.episode_batch import EpisodeBatch
from aiirmix.evaluation.fresh_episodes import play_batches
from aiirmix.evaluation.pretrained import FOLDER, Card, write_card
from aiirmix.evaluation.strip import strip
from aiirmix.evaluation.trained_run import load_trained
from aiirmix.report.evaluations import WIN_RATE, grouped
from aiirmix.report.figure import listing, plan_runs, train
from aiirmix.report.figure_spec import Settings, read_sweeps
from aiirmix.report.measures import final
from aiirmix.runs.directory import RunDirectory
from aiirmix.runs.recorded import RecordedRun

SPEC = EXPERIMENTS / "pretrained.yaml"
BATTLES, BATTLE_SEED = 320, 0
FRESH = ".fresh"
"""Where a model is made before it takes the place of an earlier one."""
MEGABYTES = 15
"""The most that all models together may take."""


def pretrain(settings: Settings, dry: bool, out: Path = FOLDER) -> int:
    """Train the runs that are missing, and keep the best model of each kind on each map.

    Args:
        settings: replace those of `experiments/pretrained.yaml`.
        dry: only list the runs.
        out: the folder of the models.

    Returns:
        The exit code: 1 if a run failed, else 0.

    Raises:
        ConfigError: a setting is wrong, or the models cannot be written.
    """
    plan = plan_runs("pretrained", read_sweeps(SPEC), settings)
    print("\n".join(listing(plan)), flush=True)
    if dry:
        return 0
    require_space(out, MEGABYTES, "the trained models")
    code, runs = train(plan)
    complete = grouped([run for run in runs if run.is_complete], lambda run: f"{run.model}/{run.map_label}")
    for alike in track(complete, "models", transient=True):
        keep_best(alike, out)
    return code


def keep_best(runs: Sequence[RecordedRun], out: Path, battles: int = BATTLES) -> Card:
    """Keep the run with the best final win rate of runs that differ in their seeds, and print its name and win rate.

    The battles of the card are not those that the run was chosen by, so that the choice does not flatter it.

    Raises:
        ConfigError: the model or its map has changed settings.
    """
    _require_plain(runs[0])
    best = max(runs, key=lambda run: (float(final(run.env_steps, run.column(WIN_RATE.name))), -run.seed))
    folder, fresh = (root / best.model / best.map_label for root in (out, out / FRESH))
    shutil.rmtree(fresh, ignore_errors=True)
    left_out = strip(load_trained(best.directory), fresh)
    card = _card(best, RunDirectory(fresh), sorted(run.seed for run in runs), left_out, battles)
    write_card(RunDirectory(fresh), card)
    _replace(folder, fresh)
    print(f"{card.model}/{card.map}: {card.win_rate:.3f} [{card.low:.3f}, {card.high:.3f}] of {battles} battles won")
    return card


def _replace(folder: Path, fresh: Path) -> None:
    """Put a finished model in the place of an earlier one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh.rename(folder)
    with suppress(OSError):
        for emptied in (fresh.parent, fresh.parent.parent):
            emptied.rmdir()


def _require_plain(run: RecordedRun) -> None:
    """Check that the names of model and map say all there is to say, as the kept model is built by them."""
    if "," in run.model or run.environment.partition("/")[2] != run.map_label:
        raise ConfigError(f"{run.model} on {run.map_label} has changed settings: only plain models are kept")


def _card(run: RecordedRun, directory: RunDirectory, chosen_from: list[int], left_out: list[str], battles: int) -> Card:
    trained = load_trained(directory)
    batches = list(play_batches(trained, battles, BATTLE_SEED, lambda count: None))
    won = EpisodeBatch.join(batches).won.double().numpy()
    low, high = wilson_interval(int(won.sum()), battles)
    return Card(
        model=run.model,
        map=run.map_label,
        environment=run.environment,
        seed=run.seed,
        chosen_from=chosen_from,
        env_steps=int(trained.learner.env_steps),
        commit=run.commit,
        battles=battles,
        battle_seed=BATTLE_SEED,
        win_rate=float(won.mean()),
        low=float(low),
        high=float(high),
        wins=[int(batch.won.sum()) for batch in batches],
        left_out=left_out,
    )
