"""The page of the results browser, made from kept evaluations alone."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_writable
from aiirmix.common.statistics import interquartile_mean
from aiirmix.report.claims import judge_all
from aiirmix.report.estimates import format_improvement
from aiirmix.report.evaluations import Evaluations, grouped, load
from aiirmix.report.judge import Verdict
from aiirmix.report.learning_curves import default_width, learning_curves
from aiirmix.report.ledger import LEDGER, read_ledger, tuning_of
from aiirmix.report.results_browser import panels
from aiirmix.report.results_browser.panels import Panel, curve_panel, profile_panel
from aiirmix.report.results_browser.standings import Standings, all_standings
from aiirmix.report.style import MODEL_STYLES, display_name, model_styles
from aiirmix.report.summary import SummaryRow, summarise
from aiirmix.report.templates import claim_context, constants, environment

EVALUATIONS = "evaluations.csv"
PAGE = "report.html"


@dataclass(frozen=True)
class Entry:
    """A model on a map: a row of the table, and its runs."""

    row: SummaryRow
    runs: list[Evaluations]
    tuning: str
    """What its search cost; empty if it was not recorded."""

    @property
    def commits(self) -> list[str]:
        """The commits that its runs were made from, without those that were not recorded."""
        return sorted({run.origin.commit for run in self.runs if run.origin.commit})

    @property
    def simulator(self) -> str:
        """The environment with its version, without the map."""
        return self.runs[0].environment.partition("/")[0]


def kept_file(source: Path) -> Path | None:
    """Return the file of kept evaluations that a path means: itself, or the one in the folder; else None.

    Raises:
        ConfigError: the folder has folders of kept evaluations; the message names one.
    """
    if source.is_file():
        return source
    if (source / EVALUATIONS).is_file():
        return source / EVALUATIONS
    below = sorted(source.glob(f"*/{EVALUATIONS}"))
    if below:
        raise ConfigError(f"{source} has several folders of kept evaluations; choose one, such as {below[0].parent}")
    return None


def write_browser(kept: Path, out: Path | None = None, claims: Path | None = None, env: str | None = None) -> Path:
    """Write the results browser of kept evaluations.

    Args:
        kept: the file of evaluations.
        out: the page; None means `report.html` beside the file.
        claims: the file of claims; None means experiments/claims.yaml, the paper's and ours.
        env: the environment in which claims are judged, if it is not the default one.

    Returns:
        The page.

    Raises:
        ConfigError: the evaluations or claims cannot be read, or the page cannot be written.
    """
    out = out or kept.parent / PAGE
    require_writable(out, "<!doctype html>")
    evaluations = load(kept)
    if not evaluations:
        raise ConfigError(f"{kept} has no evaluations")
    page = browser_page(evaluations, judge_all(evaluations, claims, env), kept.parent.resolve().name)
    out.parent.mkdir(parents=True, exist_ok=True)
    atomic_write(out, page)
    return out


def browser_page(evaluations: Sequence[Evaluations], verdicts: Sequence[Verdict], name: str) -> str:
    """Return the page as HTML."""
    entries, standings = _entries(evaluations), all_standings(summarise(evaluations))
    models = sorted({entry.row.model for entry in entries}, key=_rank)
    return (
        environment()
        .get_template("browser.html")
        .render(
            name=name,
            today=datetime.date.today().isoformat(),
            entries=sorted(entries, key=lambda entry: (entry.row.map_label, -entry.row.final.mean())),
            models=models,
            maps=sorted({entry.row.map_label for entry in entries}),
            seeds=sorted({run.seed for run in evaluations}),
            colours={model: model_styles(models)[model].colour for model in models},
            curves=_curve_panels(evaluations),
            profiles=[profile_panel(one, _seeds(one, entries)) for one in standings],
            standings=standings,
            panel=panels,
            iqm=interquartile_mean,
            improvement=format_improvement,
            engaged=any(len(entry.row.fraction) for entry in entries),
            **claim_context(verdicts),
            **constants(),
        )
    )


def _entries(evaluations: Sequence[Evaluations]) -> list[Entry]:
    budgets = tuning_of({run.model for run in evaluations}, read_ledger(LEDGER))
    runs = {(run.map_label, run.model): list[Evaluations]() for run in evaluations}
    for run in evaluations:
        runs[run.map_label, run.model].append(run)
    return [Entry(row, runs[row.map_label, row.model], str(budgets[row.model] or "")) for row in summarise(evaluations)]


def _curve_panels(evaluations: Sequence[Evaluations]) -> list[Panel]:
    found = []
    for on_map in grouped(evaluations, lambda run: run.map_label):
        curves = learning_curves(on_map, default_width(evaluations))
        seeds = [[run.seed for run in on_map if run.model == curve.model] for curve in curves]
        found.append(curve_panel(curves, seeds))
    return found


def _seeds(standings: Standings, entries: Sequence[Entry]) -> dict[str, int]:
    """Return the fewest seeds of each model on the maps of its standings."""
    return {
        model: min(
            entry.row.seeds for entry in entries if entry.row.model == model and entry.row.map_label in standings.maps
        )
        for model in standings.models
    }


def _rank(model: str) -> tuple[int, str]:
    """Sort models as the styles list them, others by name."""
    choice, known = model.partition(",")[0], list(MODEL_STYLES)
    return known.index(choice) if choice in known else len(known), display_name(model)
