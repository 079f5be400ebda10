"""The report on an experiment as one page that needs no other file, made at any time while runs are going on.

It has tables, learning curves, claims, battles, every run with its diagnostics, configuration and log, and names what
is missing. It can be read in a browser and printed.
"""

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space, require_writable
from aiirmix.common.statistics import interquartile_mean
from aiirmix.report.battle_section import Battle, data_uri, play_all
from aiirmix.report.claims import judge_all
from aiirmix.report.curves import draw_curves
from aiirmix.report.estimates import format_improvement
from aiirmix.report.evaluations import Evaluations, grouped, read
from aiirmix.report.inventory import coverage, lacking
from aiirmix.report.judge import Verdict
from aiirmix.report.run_section import by_map_and_model, model_on_map
from aiirmix.report.study_section import StudyEntry, study_entries
from aiirmix.report.style import display_name, model_styles, readable
from aiirmix.report.summary import SummaryRow, over_maps, summarise
from aiirmix.report.templates import claim_context, constants, environment
from aiirmix.runs.recorded import RecordedRun, UnreadableRun, read_runs
from aiirmix.runs.seeds import is_for_tuning
from aiirmix.runs.status import run_state

MEGABYTES = 100
"""The space that a page may need, generously."""


def write_report(
    folder: Path,
    out: Path | None = None,
    claims: Path | None = None,
    env: str | None = None,
    battle: int | None = 0,
) -> Path:
    """Write the report on an experiment.

    Args:
        folder: the experiment, `runs/<name>`.
        out: the page; None means `report.html` in the folder.
        claims: the file of claims; None means experiments/claims.yaml, the paper's and ours.
        env: the environment in which claims are judged, if it is not the default one.
        battle: the seed of the battle that every model plays; None means no battles.

    Returns:
        The page.

    Raises:
        ConfigError: the runs or claims cannot be read, runs must not be mixed, or the page cannot be written.
    """
    out = out or folder / "report.html"
    require_writable(out, "<!doctype html>")
    runs, unreadable = read_runs(folder)
    if not runs:
        raise ConfigError(unreadable[0].reason)
    evaluations = read(runs)
    verdicts = judge_all([run for run in evaluations if not is_for_tuning(run.seed)], claims, env)
    require_space(out.parent, MEGABYTES, "a report")
    battles = [] if battle is None else play_all(by_map_and_model([run for run in runs if run.rows]), battle)
    atomic_write(out, report_page(runs, evaluations, verdicts, battles, unreadable, study_entries(folder)))
    return out


def report_page(
    runs: Sequence[RecordedRun],
    evaluations: Sequence[Evaluations],
    verdicts: Sequence[Verdict],
    battles: Sequence[Battle],
    unreadable: Sequence[UnreadableRun] = (),
    studies: Sequence[StudyEntry] = (),
) -> str:
    """Return the page as HTML.

    Args:
        runs: of one experiment.
        evaluations: of those runs that have some.
        verdicts: on claims, which may be about other runs.
        battles: to be shown.
        unreadable: runs whose files are damaged.
        studies: of tuning.
    """
    begun = [run for run in runs if run.provenance or run.directory.failure]
    return (
        environment()
        .get_template("report.html")
        .render(
            **_header(runs, unreadable),
            **_results(evaluations),
            **claim_context(verdicts),
            **constants(),
            battles=battles,
            studies=studies,
            groups=[model_on_map(alike) for alike in by_map_and_model(begun)],
            colours={
                model: readable(style.colour) for model, style in model_styles([run.model for run in runs]).items()
            },
        )
    )


def _header(runs: Sequence[RecordedRun], unreadable: Sequence[UnreadableRun]) -> dict[str, Any]:
    return {
        "name": runs[0].experiment,
        "today": datetime.date.today().isoformat(),
        "runs": runs,
        "models": sorted({run.model for run in runs}, key=display_name),
        "maps": sorted({run.map_label for run in runs}),
        "done": sum(run_state(run.directory) == "done" for run in runs),
        "coverage": coverage(runs),
        "lacking": [*lacking(runs), *(f"{one.directory.path} cannot be read: {one.reason}" for one in unreadable)],
        "environments": sorted({run.environment for run in runs if run.rows}),
        "commits": sorted({str(run.provenance["commit"]) for run in runs if "commit" in run.provenance}),
        "evaluation": runs[0].config["evaluation"],
    }


def _results(evaluations: Sequence[Evaluations]) -> dict[str, Any]:
    rows = summarise(evaluations)

    def best_first(table: Sequence[SummaryRow]) -> list[SummaryRow]:
        return sorted(table, key=lambda row: -row.final.mean())

    return {
        "tables": [best_first(table) for table in grouped(rows, lambda row: row.map_label)],
        "overall": over_maps(rows),
        "curves": _curves(evaluations),
        "iqm": interquartile_mean,
        "improvement": format_improvement,
    }


def _curves(evaluations: Sequence[Evaluations]) -> str:
    """Return the learning curves as an image."""
    if not evaluations:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curves.svg")
        draw_curves(evaluations, path, "")
        return data_uri(path.read_bytes(), "image/svg+xml")
