"""The ledger of tuning (`experiments/tuning_ledger.csv`): which model was tried how often before its results count."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock

from aiirmix.common.counted import counted
from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.report.csv_files import write_csv

LEDGER = EXPERIMENTS / "tuning_ledger.csv"
UNEQUAL = 2
"""The ratio of budgets above which a comparison is one of tuning, too."""


class Entry(NamedTuple):
    """One kept study: a row of the ledger."""

    model: str
    """With its fixed changes."""
    space: str
    trials: int
    seeds: int
    steps: int
    """Environment steps of a run."""
    maps: str
    """Separated by blanks."""
    best: str
    """The value of the best trial: the area under its mean curve."""
    commit: str
    """Those of the code that its runs were made by, separated by blanks."""
    date: str
    """When it was kept."""
    metric: str = ""
    """What the curves are of; this and what follows is empty in rows of earlier versions."""
    began: str = ""
    """When its first trial did: the study keeps that as more trials are added, and no other one has it."""
    settings: str = ""
    """The values of the best trial as they are typed: the row is about a model with these."""

    @property
    def budget(self) -> int:
        """Environment steps of the whole study, as if no trial had been pruned."""
        return self.trials * self.seeds * self.steps * len(self.maps.split())

    def __str__(self) -> str:
        """`12 trials × 2 seeds × 300,000 env steps × 3 maps`."""
        sizes = counted(self.trials, "trial"), counted(self.seeds, "seed"), f"{self.steps:,} env steps"
        return " × ".join([*sizes, counted(len(self.maps.split()), "map")])


class Tuning(NamedTuple):
    """How far a model was tuned: its kept studies."""

    studies: tuple[Entry, ...]
    """At least one."""
    as_model: str = ""
    """The model without changes if that was tuned, and the model with them was not."""

    @property
    def trials(self) -> int:
        """Those of all studies."""
        return sum(study.trials for study in self.studies)

    @property
    def budget(self) -> int:
        """Environment steps of all studies."""
        return sum(study.budget for study in self.studies)

    def __str__(self) -> str:
        """`12 trials × …`, `as aiir_mix: 12 trials × …` or `36 trials in 2 studies, 28,800,000 env steps`."""
        several = f"{self.trials:,} trials in {len(self.studies)} studies, {self.budget:,} env steps"
        size = several if len(self.studies) > 1 else str(self.studies[0])
        return f"as {self.as_model}: {size}" if self.as_model else size


def read_ledger(path: Path = LEDGER) -> list[Entry]:
    """Return the rows of the ledger, the oldest first; none if there is no file.

    Raises:
        ConfigError: it is no ledger.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    rows = list(csv.DictReader(io.StringIO(text)))
    try:
        return [_entry(row) for row in rows]
    except (KeyError, ValueError, TypeError) as error:
        columns = ", ".join(Entry._fields)
        raise ConfigError(f"{path} is no ledger of tuning: its columns should be {columns}") from error


def keep_entry(entry: Entry, path: Path = LEDGER) -> None:
    """Add a row, in place of the one that the same study had with fewer trials."""
    with FileLock(path.with_name(f".{path.name}.lock")):
        kept = read_ledger(path)
        if entry._replace(date="") not in [one._replace(date="") for one in kept]:
            others = [one for one in kept if not (one.began and (one.model, one.began) == (entry.model, entry.began))]
            write_csv(path, Entry._fields, [*others, entry])


def tuning_of(models: Iterable[str], ledger: Sequence[Entry]) -> dict[str, Tuning | None]:
    """Return the studies of each model, by its name alone; None if it was never tuned by a kept study.

    The ledger does not say whether a run had the values that won, or that were tried.
    """
    return {model: _tuning_of(model, ledger) for model in models}


def _tuning_of(model: str, ledger: Sequence[Entry]) -> Tuning | None:
    """Return the studies of the model, or of the model without its changes."""
    plain = model.partition(",")[0]
    for name, as_model in ((model, ""), (plain, plain)):
        if studies := tuple(entry for entry in ledger if as_name(entry.model) == _tuned(name)):
            return Tuning(studies, as_model)
    return None


def _tuned(model: str) -> str:
    """Return the name of the study that a label is about."""
    return as_name(model).removeprefix("tuned-")


def as_name(model: str) -> str:
    """Return a label as a name that Hydra can choose: `aiir_mix,update=clipped` → `aiir_mix-update-clipped`."""
    return model.replace(",", "-").replace("=", "-")


def tuning_budgets(models: Iterable[str], path: Path = LEDGER) -> str:
    """Say how far each model was tuned, and warn where the budgets differ by more than `UNEQUAL`."""
    found = tuning_of(sorted(set(models)), read_ledger(path))
    if not any(found.values()):
        return "Tuning budgets: no kept study has tuned any of these models."
    lines = [f"* {model}: {tuning or 'never tuned by a kept study'}" for model, tuning in found.items()]
    values = "Its column settings has the values that won; runs may differ"
    return "\n".join([f"Tuning budgets ({path.name}), matched by name. {values}:", *lines, *_warning(found)])


def _warning(found: Mapping[str, Tuning | None]) -> list[str]:
    budgets = {model: tuning.budget if tuning else 0 for model, tuning in found.items()}
    most, least = max(budgets, key=budgets.__getitem__), min(budgets, key=budgets.__getitem__)
    if budgets[most] <= UNEQUAL * budgets[least]:
        return []
    told = f"{most} had {budgets[most]:,} env steps, {least} {budgets[least]:,}"
    return [
        f"warning: tuning budgets differ by more than {UNEQUAL}×: {told}; who was tuned more may win for that alone"
    ]


def _entry(row: Mapping[str, str]) -> Entry:
    numbers = {name: int(row[name]) for name in ("trials", "seeds", "steps")}
    texts = {name: row[name] for name in Entry._fields if name in row or name not in Entry._field_defaults}
    return Entry(**{**texts, **numbers})  # type: ignore[arg-type]
