"""How much each model was tuned, read from the ledger of searches."""

import csv
from collections.abc import Mapping
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import EXPERIMENTS

LEDGER = EXPERIMENTS / "tuning_ledger.csv"
COLUMNS = ("model", "trials", "seeds", "steps", "maps")
"""What is read of a row: a search of this number of trials with these seeds, environment steps and maps."""


def tuning_budgets(ledger: Path = LEDGER) -> dict[str, list[str]]:
    """Return what was spent on each model, a line for each search; nothing where there is no ledger.

    Raises:
        ConfigError: the file lacks a column.
    """
    budgets: dict[str, list[str]] = {}
    for row in _searches(ledger):
        budgets.setdefault(row["model"], []).append(_line(row))
    return budgets


def searched_trials(model: str, ledger: Path = LEDGER) -> int:
    """Return how many trials of all searches tuned a model.

    Raises:
        ConfigError: the file lacks a column.
    """
    return sum(int(row["trials"]) for row in _searches(ledger) if row["model"] == model)


def tuning_of(model: str, budgets: Mapping[str, list[str]]) -> str:
    """Return the budget of a model, whose changed settings do not count; nothing if it was not recorded."""
    return "; ".join(budgets.get(model.partition(",")[0], ()))


def _line(row: Mapping[str, str]) -> str:
    steps = f"{int(row['steps']):,}" if row["steps"].isdecimal() else row["steps"]
    return f"{row['trials']} trials, seeds {row['seeds']}, {steps} steps, {row['maps']}"


def _searches(ledger: Path) -> list[dict[str, str]]:
    if not ledger.exists():
        return []
    with ledger.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or []):
            raise ConfigError(f"{ledger} is no ledger of searches: its columns should include {', '.join(COLUMNS)}")
        return list(reader)
