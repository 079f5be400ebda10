"""Effects against a control as a Markdown table and as a CSV file."""

import math
from collections.abc import Sequence
from pathlib import Path

from aiirmix.common.files import atomic_write, make_folder
from aiirmix.report.csv_files import write_csv
from aiirmix.report.effects import Effect
from aiirmix.report.estimates import Estimate, format_interval
from aiirmix.report.evaluations import Evaluations
from aiirmix.runs.seeds import refuse_tuning_seeds

ESTIMATES = ("final", "area", "improvement")
COLUMNS = [
    *("map", "model", "control", "runs", "control_runs", "env_steps", "metric"),
    *(f"{name}{part}" for name in ESTIMATES for part in ("", "_low", "_high")),
    *("fraction_of_advantage", "inert", "credit_correlation"),
]


def markdown_table(rows: Sequence[Effect]) -> str:
    """Return the effects as a Markdown table."""
    lines = [
        "| map | model | control | runs | env steps | of | final [95 %] | area [95 %] | P(better) [95 %] "
        "| r_in in Var(A) | credit |",
        "|---|---|---|--:|--:|---|---|---|---|--:|--:|",
    ]
    for row in rows:
        cells = (
            *(row.map_label, row.model, row.control, " v. ".join(map(str, row.runs)), f"{row.env_steps:,}"),
            row.metric.short_label,
            *(_signed(row.final), _signed(row.area), format_interval(row.improvement.value, row.improvement.interval)),
            *(_number(row.fraction) + (" (inert)" if row.inert else ""), _number(row.credit)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def keep(rows: Sequence[Effect], runs: Sequence[Evaluations], folder: Path) -> None:
    """Write `effects.csv` and `effects.md` into a folder.

    Raises:
        ConfigError: a run has a seed that is for tuning.
    """
    refuse_tuning_seeds((run.seed for run in runs), "kept results need")
    make_folder(folder)
    write_effects(rows, folder / "effects.csv")
    atomic_write(folder / "effects.md", f"{markdown_table(rows)}\n")


def write_effects(rows: Sequence[Effect], path: Path) -> None:
    """Write a row for each effect."""
    write_csv(path, COLUMNS, map(_cells, rows))


def _signed(estimate: Estimate) -> str:
    return format_interval(estimate.value, estimate.interval, "+.2f").replace("-", "−")


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3f}".replace("-", "−")


def _cells(row: Effect) -> list[object]:
    which = (row.map_label, row.model, row.control, *row.runs, row.env_steps, row.metric.name)
    estimates = [getattr(row, name) for name in ESTIMATES]
    numbers = (x for one in estimates for x in (one.value, *(one.interval or (None, None))))
    written = ("" if x is None else f"{float(x):.6g}" for x in numbers)
    further = ("" if math.isnan(x) else f"{x:.6g}" for x in (row.fraction, row.credit))
    fraction, credit = further
    return [*which, *written, fraction, row.inert, credit]
