"""The report on an experiment as one page that needs nothing else: `python report.py runs/<name>`.

Tables, learning curves, claims, battles to watch, and every run with its diagnostics, configuration and log. It reads
well in a browser and on paper, works while runs are still going on, and names what is missing.
"""

import argparse
import datetime
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from jinja2 import Environment, PackageLoader

from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, require_space
from aiirmix.common.statistics import interquartile_mean
from aiirmix.report.battle_section import Battle, data_uri, play
from aiirmix.report.claim_spec import read_claims
from aiirmix.report.claims import CLAIMS, effect, seeds
from aiirmix.report.curves import draw_curves
from aiirmix.report.diagnostics import Group, diagnostics
from aiirmix.report.evaluations import Evaluations, grouped, read
from aiirmix.report.inventory import State, coverage, lacking, state_of
from aiirmix.report.judge import Comparison, Verdict, judge
from aiirmix.report.style import looks_of, name_of, readable
from aiirmix.report.summary import chance, estimate, over_maps, shown_steps, summarise
from aiirmix.runs.recorded import RecordedRun, find_runs

LOG_LINES = 60
"""So many from the end of a log are shown."""
MEGABYTES = 100
"""What a page may need, with room to spare."""


@dataclass(frozen=True)
class Member:
    """A run, for the reader."""

    run: RecordedRun
    state: State
    log: str


@dataclass(frozen=True)
class Cell:
    """A model on a map."""

    world: str
    model: str
    members: list[Member]
    diagnostics: list[Group]
    configuration: str


def main() -> None:
    """Writes the report that the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("report.py", description="Writes the report on an experiment as one page.")
    parser.add_argument("directory", type=Path, help="an experiment, runs/<name>")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: report.html in that directory")
    parser.add_argument("--claims", type=Path, default=CLAIMS, metavar="FILE", help="default: those of the paper")
    parser.add_argument("--env", help="judge claims by the runs in this environment, e.g. smac")
    parser.add_argument("--battle", type=int, default=0, metavar="SEED", help="the battle that every model plays")
    parser.add_argument("--no-battles", action="store_true", help="leave the battles out, which takes less time")
    arguments = parser.parse_args()
    try:
        out = arguments.out or arguments.directory / "report.html"
        runs = find_runs(arguments.directory)
        evaluations = read(runs)
        verdicts = [judge(claim, evaluations, arguments.env) for claim in read_claims(arguments.claims)]
        require_space(out.parent, MEGABYTES)
        battles = [] if arguments.no_battles else _battles(runs, arguments.battle)
        atomic_write(out, report_page(runs, evaluations, verdicts, battles))
    except ConfigError as error:
        sys.exit(f"error: {error}")
    print(f"report: {out}")


def report_page(
    runs: Sequence[RecordedRun],
    evaluations: Sequence[Evaluations],
    verdicts: Sequence[Verdict],
    battles: Sequence[Battle],
) -> str:
    """The page as HTML.

    Args:
        runs: of one experiment.
        evaluations: of those runs that have some.
        verdicts: on claims that may be about other runs.
        battles: to be shown.
    """
    environment = Environment(loader=PackageLoader("aiirmix.report", "template"), autoescape=True, trim_blocks=True)
    environment.filters |= {"model": name_of, "estimate": estimate, "steps": shown_steps}
    rows = summarise(evaluations)
    return environment.get_template("report.html").render(
        name=runs[0].name,
        today=datetime.date.today().isoformat(),
        runs=runs,
        models=sorted({run.model for run in runs}, key=name_of),
        worlds=sorted({run.world for run in runs}),
        complete=sum(state_of(run) == "complete" for run in runs),
        coverage=coverage(runs),
        lacking=lacking(runs),
        environments=sorted({run.environment for run in runs if run.rows}),
        commits=sorted({str(run.provenance["commit"]) for run in runs if "commit" in run.provenance}),
        evaluation=runs[0].config["evaluation"],
        tables=[sorted(table, key=lambda row: -row.final.mean()) for table in grouped(rows, lambda row: row.world)],
        overall=over_maps(rows),
        curves=_curves(evaluations),
        decided=[verdict for verdict in verdicts if any(one.interval for one in verdict.comparisons)],
        untouched=[verdict for verdict in verdicts if not any(one.interval for one in verdict.comparisons)],
        battles=battles,
        cells=[_cell(members) for members in _cells([run for run in runs if run.provenance or run.directory.failure])],
        colours={model: readable(look.colour) for model, look in looks_of([run.model for run in runs]).items()},
        iqm=interquartile_mean,
        chance=chance,
        effect=effect,
        seeds=seeds,
        whiskers=whiskers,
    )


@dataclass(frozen=True)
class Whisker:
    """A comparison in a chart, in shares of its width."""

    comparison: Comparison
    low: float
    middle: float
    high: float


def whiskers(verdict: Verdict) -> list[Whisker]:
    """The comparisons of a claim that have an interval, on one scale with 0 in its middle."""
    shown = [(one, one.interval) for one in verdict.comparisons if one.interval is not None]
    most = max(abs(float(x)) for one, ends in shown for x in (*ends, one.effect)) or 1.0
    return [
        Whisker(one, *(0.5 + 0.48 * float(x) / most for x in (ends.low, one.effect, ends.high))) for one, ends in shown
    ]


def _cells(runs: Sequence[RecordedRun]) -> list[list[RecordedRun]]:
    return grouped(runs, lambda run: f"{run.world} {run.model}")


def _cell(runs: Sequence[RecordedRun]) -> Cell:
    first = runs[0]
    members = [Member(run, state_of(run), _log(run)) for run in runs]
    configuration = yaml.safe_dump({**first.config, "seed": [run.seed for run in runs]}, sort_keys=False)
    return Cell(first.world, first.model, members, diagnostics(runs), configuration)


def _log(run: RecordedRun) -> str:
    path = run.directory.log_file
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
    cut = [f"… {len(lines) - LOG_LINES} lines before"] if len(lines) > LOG_LINES else []
    return "\n".join([*cut, *lines[-LOG_LINES:]])


def _curves(evaluations: Sequence[Evaluations]) -> str:
    """The learning curves as an image."""
    if not evaluations:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "curves.svg")
        draw_curves(evaluations, path, "")
        return data_uri(path.read_bytes(), "image/svg+xml")


def _battles(runs: Iterable[RecordedRun], battle: int) -> list[Battle]:
    """A battle for each model on each map."""
    from rich.progress import track

    cells = _cells([run for run in runs if run.rows])
    return [play(alike, battle) for alike in track(cells, "battles", transient=True)]
