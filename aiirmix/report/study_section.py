"""The report's section on tuning: what each study found, with its pictures."""

import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiirmix.report.battle_section import data_uri


@dataclass(frozen=True)
class StudyEntry:
    """A study as the page shows it."""

    name: str
    trials: int
    pruned: int
    best: str
    """The highest value, or nothing."""
    settings: str
    """Of the best trial."""
    pictures: Sequence[str]
    """Addresses that hold their images."""


def study_entries(folder: Path) -> list[StudyEntry]:
    """Return the studies of an experiment; none if nothing was tuned there, or where Optuna is not installed."""
    if importlib.util.find_spec("optuna") is None:
        return []
    from aiirmix.report.studies import best_trial, finished_trials, kept_studies
    from aiirmix.report.study_pictures import draw_study

    entries = []
    for study in kept_studies(folder):
        trials, best = finished_trials(study), best_trial(study)
        settings = (
            ", ".join(
                f"{key} = {value:.3g}" if isinstance(value, float) else f"{key} = {value}"
                for key, value in best.params.items()
            )
            if best
            else ""
        )
        with tempfile.TemporaryDirectory() as pictures:
            images = [data_uri(path.read_bytes(), "image/png") for path in draw_study(study, Path(pictures))]
        pruned = sum(trial.state.name == "PRUNED" for trial in trials)
        entries.append(
            StudyEntry(study.study_name, len(trials), pruned, f"{best.value:.4f}" if best else "", settings, images)
        )
    return entries
