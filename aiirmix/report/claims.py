"""Verdicts on the claims of the paper, as a table and as a file of all comparisons."""

from collections.abc import Sequence
from pathlib import Path

from aiirmix.common.counted import counted
from aiirmix.common.errors import ConfigError
from aiirmix.common.files import atomic_write, make_folder
from aiirmix.report.claim_spec import PAPER_CLAIMS, ClaimSpec, read_claims
from aiirmix.report.csv_files import write_csv
from aiirmix.report.estimates import format_interval
from aiirmix.report.evaluations import Evaluations
from aiirmix.report.judge import Comparison, Verdict, judge
from aiirmix.runs.seeds import refuse_tuning_seeds

COLUMNS = [
    *(
        "section",
        "claim",
        "verdict",
        "measure",
        "map",
        "higher",
        "lower",
        "beyond",
        "decision",
        "why",
        "effect",
        "low",
        "high",
    ),
    *("chance", "seeds_higher", "seeds_lower", "env_steps"),
]


def judge_all(runs: Sequence[Evaluations], claims: Path | None, env: str | None) -> list[Verdict]:
    """Judge claims by runs. Of the default claims, those are left out of whose models there is no run at all.

    Args:
        runs: the evaluations.
        claims: the file of claims; None means those of the paper and ours.
        env: an environment other than the default one.

    Raises:
        ConfigError: the claims cannot be read, a run has a seed that is for tuning, or none was played in `env`.
    """
    refuse_tuning_seeds((run.seed for run in runs), "claims are judged by")
    labels = {run.map_label for run in runs}
    if env and runs and not any(label.startswith(f"{env}-") for label in labels):
        raise ConfigError(f"no run was played in env={env}: their maps are {', '.join(sorted(labels))}")
    models = {run.model for run in runs}
    specs = read_claims(claims or PAPER_CLAIMS)
    return [judge(spec, runs, env) for spec in specs if claims or models & spec.models]


def not_listed(verdicts: Sequence[Verdict], claims: Path | None) -> str:
    """Say how many claims were left out, as no run is of their models; nothing if none was."""
    number = len(read_claims(claims or PAPER_CLAIMS)) - len(verdicts)
    return f"Not listed, as no run is of their models: {counted(number, 'claim')}." if number else ""


def judged_models(verdicts: Sequence[Verdict], runs: Sequence[Evaluations]) -> list[str]:
    """Return the models with runs that claims compare, sorted."""
    compared = {name for verdict in verdicts for one in verdict.comparisons for name in (one.higher, one.lower)}
    return sorted(compared & {run.model for run in runs})


def keep(verdicts: Sequence[Verdict], folder: Path) -> None:
    """Write all comparisons (`claims.csv`) and the table (`claims.md`) into a folder."""
    make_folder(folder)
    write_csv(
        folder / "claims.csv", COLUMNS, (_cells(verdict, one) for verdict in verdicts for one in verdict.comparisons)
    )
    atomic_write(folder / "claims.md", f"{markdown_table(verdicts)}\n")


def markdown_table(verdicts: Sequence[Verdict]) -> str:
    """Return the verdicts as a Markdown table, each with its decisive comparison."""
    lines = ["| § | claim | verdict | measure | decided by | effect [95 %] | seeds |", "|---|---|---|---|---|---|---|"]
    for verdict in verdicts:
        spec, one = verdict.spec, verdict.decisive
        decided = f"{one}: {one.why}" if one.why else str(one)
        cells = (
            *(spec.section, spec.claim, f"**{verdict.decision}**", spec.measured, decided),
            *(format_effect(spec, one), format_seeds(one)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def format_effect(spec: ClaimSpec, comparison: Comparison) -> str:
    """Return the effect with its interval, in the unit of the measure."""
    if comparison.interval is None:
        return "–"
    number_format = "+.2f" if isinstance(spec.measure, str) else "+,.0f"
    return format_interval(comparison.effect, comparison.interval, number_format).replace("-", "−")


def format_seeds(comparison: Comparison) -> str:
    """Return the number of runs of each model that has some."""
    return " v. ".join(str(len(side)) for side in comparison.seeds if side) or "none"


def _cells(verdict: Verdict, one: Comparison) -> list[object]:
    spec = verdict.spec
    numbers = ["", "", ""] if one.interval is None else [f"{x:.6g}" for x in (one.effect, *one.interval)]
    chance = "" if one.chance is None else f"{one.chance:.6g}"
    seeds = (" ".join(map(str, side)) for side in one.seeds)
    which = [
        spec.section,
        spec.claim,
        verdict.decision,
        spec.measured,
        one.map_label,
        one.higher,
        one.lower,
        one.beyond,
    ]
    return [*which, one.decision, one.why, *numbers, chance, *seeds, one.env_steps]
