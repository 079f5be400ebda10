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

    @property
    def budget(self) -> int:
        """Environment steps of the whole study, as if no trial had been pruned."""
        return self.trials * self.seeds * self.steps * len(self.maps.split())

    def __str__(self) -> str:
        """`12 trials × 2 seeds × 300,000 env steps × 3 maps`."""
        sizes = counted(self.trials, "trial"), counted(self.seeds, "seed"), f"{self.steps:,} env steps"
        return " × ".join([*sizes, counted(len(self.maps.split()), "map")])


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
    """Add a row, unless the same study is there already."""
    with FileLock(path.with_name(f".{path.name}.lock")):
        kept = read_ledger(path)
        if entry._replace(date="") not in [one._replace(date="") for one in kept]:
            write_csv(path, Entry._fields, [*kept, entry])


def tuning_of(models: Iterable[str], ledger: Sequence[Entry]) -> dict[str, Entry | None]:
    """Return the latest study of each model; None if its values were never tuned by a kept study.

    A model with changes that were never tuned themselves has the values of the model without them.
    """
    latest = {as_name(entry.model): entry for entry in ledger}
    names = {model: _tuned(model) for model in models}
    return {model: latest.get(name) or latest.get(_tuned(model.partition(",")[0])) for model, name in names.items()}


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
    lines = [f"* {model}: {entry or 'never tuned by a kept study'}" for model, entry in found.items()]
    return "\n".join([f"Tuning budgets ({path.name}):", *lines, *_warning(found)])


def _warning(found: Mapping[str, Entry | None]) -> list[str]:
    budgets = {model: entry.budget if entry else 0 for model, entry in found.items()}
    most, least = max(budgets, key=budgets.__getitem__), min(budgets, key=budgets.__getitem__)
    if budgets[most] <= UNEQUAL * budgets[least]:
        return []
    told = f"{most} had {budgets[most]:,} env steps, {least} {budgets[least]:,}"
    return [
        f"warning: tuning budgets differ by more than {UNEQUAL}×: {told}; who was tuned more may win for that alone"
    ]


def _entry(row: Mapping[str, str]) -> Entry:
    numbers = {name: int(row[name]) for name in ("trials", "seeds", "steps")}
    return Entry(**{**{name: row[name] for name in Entry._fields}, **numbers})  # type: ignore[arg-type]
