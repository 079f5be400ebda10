"""What comes of tuning: an estimate before, and the best settings afterwards."""

import datetime
import os
from collections.abc import Sequence
from pathlib import Path

from optuna.trial import FrozenTrial, TrialState

from aiirmix.common.counted import counted
from aiirmix.common.duration import duration
from aiirmix.common.resources import CONF
from aiirmix.report.evaluations import RETURN
from aiirmix.report.ledger import LEDGER, Entry, as_name, keep_entry
from aiirmix.report.speeds import Speeds
from aiirmix.report.studies import finished_trials, kept_studies
from aiirmix.report.study_pictures import draw_study
from aiirmix.runs.identity import UNKNOWN
from aiirmix.runs.provenance import read_provenance
from aiirmix.tuning.preset import overrides_of, preset, write_preset
from aiirmix.tuning.study import Study
from aiirmix.tuning.subject import Subject


def estimate(subjects: Sequence[Subject]) -> str:
    """List what is left of each study, and how long it takes if no trial is pruned."""
    folder = subjects[0].folder
    speeds, cores = Speeds(folder.parent), os.cpu_count() or 1
    finished = {study.study_name: len(finished_trials(study)) for study in kept_studies(folder)}
    lines, seconds = list[str](), 0.0
    for subject in subjects:
        search = subject.request.search
        left = max(0, search.trials - finished.get(subject.name, 0))
        each = [speeds.of(subject.name, map_label) for map_label in subject.maps]
        cost = left * search.seeds * sum(subject.env_steps / speed.env_steps_per_second for speed in each)
        seconds += cost
        trials, seeds = counted(search.trials, "trial"), counted(search.seeds, "seed")
        size = f"{left} of {trials} × {seeds} × {subject.env_steps:,} env steps"
        where = (
            f"on {', '.join(subject.maps)}; {len(subject.space.settings)} settings of the space {subject.space.name}"
        )
        lines.append(f"{subject.name}: {size} {where}; {duration(cost)} of one core at {each[0]}")
    together = f"together {duration(seconds)} of one core, about {duration(seconds / cores)} on {cores} cores"
    return "\n".join([*lines, f"{together}; less, as trials are pruned"])


def outcome(study: Study, keep: bool) -> str:
    """Write what a study found, and return it in words: the best trial beside the model's own settings.

    Args:
        study: at any time.
        keep: put the result into `conf/model/tuned/` and the ledger, too, if no trial is left.
    """
    subject, best = study.subject, study.best
    if best is None:
        return f"{subject.name}: no trial is complete"
    pictures = draw_study(study.study, study.folder / subject.name)
    commits = _commits(study)
    text = preset(subject.model, {**subject.fixed, **best.params}, _heading(study, best, commits))
    conf = subject.folder / "conf"
    write_preset(conf, as_name(subject.name), text)
    lines = [
        f"{subject.name}: {_progress(study)}; best {best.value:.4f} (trial {best.number}){_own(study)}",
        f"  {overrides_of(best.params)}",
        *([] if subject.own_folder else [f"  --config-dir {conf} model=tuned/{as_name(subject.name)}"]),
        *([f"  pictures: {pictures[0].parent}"] if pictures else []),
        *_doubts(study, best),
    ]
    if keep:
        lines.append(f"  {_keep(study, best, text, commits)}")
    return "\n".join(lines)


def _progress(study: Study) -> str:
    trials = finished_trials(study.study)
    pruned = sum(trial.state.name == "PRUNED" for trial in trials)
    done = "done, " if study.is_done else ""
    planned = max(study.search.trials, len(trials))
    return f"{done}{len(trials)} of {counted(planned, 'trial')}" + f", {pruned} pruned" * bool(pruned)


def _own(study: Study) -> str:
    """Return the value of the model's own settings; say so if it has had others since the study began."""
    own = study.own
    if own is None:
        return ""
    since = "" if own.params == study.subject.defaults else " when the study began"
    return f"; its own settings{since} {own.value:.4f}"


def _doubts(study: Study, best: FrozenTrial) -> list[str]:
    if best.value == 0 and study.search.metric != RETURN.name:
        return [f"  warning: nothing was ever won; --metric {RETURN.name} compares returns"]
    return []


def _heading(study: Study, best: FrozenTrial, commits: Sequence[str]) -> str:
    subject = study.subject
    where = f"{subject.env_steps:,} env steps on {', '.join(subject.maps)}"
    return (
        f"{subject.name} with the best of {counted(study.finished, 'trial')} in the space {subject.space.name}.\n"
        f"{counted(study.search.seeds, 'seed')}, {where}; area of {study.search.metric}: {best.value:.4f} "
        f"(trial {best.number}).\n"
        f"Made by the code of {', '.join(commits)}."
    )


def _keep(study: Study, best: FrozenTrial, text: str, commits: Sequence[str]) -> str:
    if not study.is_done:
        return "not kept: trials are left"
    if UNKNOWN in commits:
        return "not kept: the commit of some runs is not known; bring their directories back, or tune in a git clone"
    path, subject = write_preset(CONF, as_name(study.subject.name), text), study.subject
    size = (study.finished, study.search.seeds, subject.env_steps, " ".join(subject.maps))
    kept = (f"{best.value:.4f}", " ".join(commits), datetime.date.today().isoformat())
    which = (study.search.metric, study.began, overrides_of(best.params))
    keep_entry(Entry(subject.name, subject.space.name, *size, *kept, *which))
    return f"kept: {_short(path)}, {_short(LEDGER)}"


def _commits(study: Study) -> list[str]:
    """Return the commits that runs of all trials were made with, each once. Some runs of pruned trials never began."""
    found = dict[str, None]()
    for trial in finished_trials(study.study):
        missing = "" if trial.state is TrialState.PRUNED else UNKNOWN
        provenances = (read_provenance(run.directory.provenance_file) for run in study.subject.runs(trial.params))
        found |= dict.fromkeys(str(one.get("commit", missing)) for one in provenances)
    return [commit for commit in found if commit]


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
