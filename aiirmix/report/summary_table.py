"""The tables of `aiirmix summary` as Markdown."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from aiirmix.common.files import atomic_write, make_folder
from aiirmix.common.statistics import Scores, interquartile_mean
from aiirmix.report.estimates import format_estimate, format_improvement, format_steps
from aiirmix.report.evaluations import load, save, several_commits
from aiirmix.report.ledger import tuning_budgets
from aiirmix.report.summary import THRESHOLD, OverallRow, SummaryRow, left_out, over_maps, summarise
from aiirmix.runs.seeds import refuse_tuning_seeds


def summary_tables(sources: Sequence[Path], out: Path | None = None) -> str:
    """Return the tables of run directories or kept evaluations.

    Args:
        sources: folders of runs, and files of evaluations.
        out: a folder in which to keep `evaluations.csv` and `summary.md`, without the budgets of tuning, which the
            ledger has.

    Returns:
        The tables, which runs are left out, their commits if there are several, and how far each model was tuned.

    Raises:
        ConfigError: the runs cannot be read, or there are runs that must not be mixed or not be kept.
    """
    runs = load(*sources)
    rows = summarise(runs)
    text = "\n\n".join(filter(None, [markdown_table(rows), overall_table(over_maps(rows))]))
    if out:
        refuse_tuning_seeds((run.seed for run in runs), "kept results need")
        make_folder(out)
        save(runs, out / "evaluations.csv")
        atomic_write(out / "summary.md", f"{text}\n")
    unfinished = left_out(runs)
    note = f"Left out, as they have not used their budget: {', '.join(unfinished)}." if unfinished else ""
    return "\n\n".join(filter(None, [text, note, several_commits(runs), tuning_budgets(run.model for run in runs)]))


def markdown_table(rows: Sequence[SummaryRow]) -> str:
    """Return the rows as a Markdown table, with 95 % bootstrap intervals over seeds.

    Further columns say how far intrinsic reward is engaged, how often the final and the best model win fresh episodes,
    and how long a run took, by the processor and by the clock, if a run has recorded it.
    """
    further = [columns for columns in FURTHER if any(len(columns.scores(row)) for row in rows)]
    lines = [
        "| map | model | seeds | env steps | of | final [95 %] | its IQM [95 %] | area [95 %] | best median "
        f"| {THRESHOLD} reached at |{''.join(f' {columns.head} |' for columns in further)}",
        f"|---|---|--:|--:|---|---|---|---|--:|--:|{''.join('--:|' * columns.width for columns in further)}",
    ]
    for row in rows:
        cells = (
            *(row.map_label, row.model, row.seeds, _steps(row), row.metric.short_label),
            *(format_estimate([row.final]), format_estimate([row.final], interquartile_mean)),
            *(format_estimate([row.area]), f"{row.best_median:.2f}", format_steps(row.reached)),
            *(cell for columns in further for cell in columns.cells(row)),
        )
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _steps(row: SummaryRow) -> str:
    return f"{row.env_steps:,}{'' if row.is_complete else ' (unfinished)'}"


def _engagement(row: SummaryRow) -> list[str]:
    fraction, agreement = (f"{scores.mean():.3f}" if len(scores) else "–" for scores in (row.fraction, row.agreement))
    return [f"{fraction} (inert)" if row.inert else fraction, agreement]


def _fresh(row: SummaryRow) -> list[str]:
    return [format_estimate([scores]) if len(scores) else "–" for scores in (row.fresh, row.best)]


def _cost(row: SummaryRow) -> list[str]:
    return [f"{scores.mean() / 60:.1f}" if len(scores) else "–" for scores in (row.cpu_seconds, row.seconds)]


class Columns(NamedTuple):
    """Columns of the table that only some experiments have."""

    head: str
    scores: Callable[[SummaryRow], Scores]
    """What a row must have for the columns to be there."""
    cells: Callable[[SummaryRow], list[str]]

    @property
    def width(self) -> int:
        """How many columns these are."""
        return self.head.count("|") + 1


FURTHER = (
    Columns("r_in in Var(A) | agreement", lambda row: row.fraction, _engagement),
    Columns("fresh, final model [95 %] | fresh, best model [95 %]", lambda row: row.fresh, _fresh),
    Columns("CPU minutes of a run | by the clock", lambda row: row.cpu_seconds, _cost),
)


def overall_table(models: Sequence[OverallRow]) -> str:
    """Return the models as a Markdown table, with 95 % bootstrap intervals stratified by map; nothing if none."""
    if not models:
        return ""
    best = models[0]
    lines = [
        "| all maps | runs | env steps | final win rate [95 %] | its IQM [95 %] | area [95 %] "
        f"| P({best.model} better) [95 %] |",
        "|---|--:|--:|---|---|---|---|",
    ]
    for model in models:
        better = "–" if model is best else format_improvement(best.area, model.area)
        cells = (
            *(model.model, str(model.runs), f"{model.env_steps:,}", format_estimate(model.final)),
            *(format_estimate(model.final, interquartile_mean), format_estimate(model.area), better),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
