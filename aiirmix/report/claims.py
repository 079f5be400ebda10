"""Judges the claims of the paper: `python -m aiirmix.report.claims runs/<name>`.

Reads run directories, or files of evaluations that were kept of them, and says of each claim in
`experiments/claims.yaml` whether it holds, does not hold or cannot be decided, and by which comparison. With `--out
FOLDER` all comparisons (`claims.csv`) and the table (`claims.md`) are kept there.
"""

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path

from aiirmix.common.errors import ConfigError
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.report.claim_spec import Claim, read_claims
from aiirmix.report.evaluations import load
from aiirmix.report.judge import Comparison, Verdict, judge

CLAIMS = EXPERIMENTS / "claims.yaml"

COLUMNS = [
    *("section", "claim", "verdict", "measure", "map", "higher", "lower", "decision", "why", "effect", "low", "high"),
    *("chance", "seeds_higher", "seeds_lower", "env_steps"),
]


def main() -> None:
    """Prints what the command line asks for and leaves with an exit code."""
    parser = argparse.ArgumentParser("python -m aiirmix.report.claims", description="Judges claims.")
    parser.add_argument("sources", nargs="+", type=Path, help="experiments, runs/<name>, or files evaluations.csv")
    parser.add_argument("--claims", type=Path, default=CLAIMS, metavar="FILE", help="default: the paper's")
    parser.add_argument("--env", help="judge the runs in this environment, e.g. smac (default: the embedded simulator)")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep claims.csv and claims.md there")
    arguments = parser.parse_args()
    try:
        claims = read_claims(arguments.claims)
        runs = load(*arguments.sources)
    except ConfigError as error:
        sys.exit(f"error: {error}")
    verdicts = [judge(claim, runs, arguments.env) for claim in claims]
    print(markdown(verdicts))
    if arguments.out:
        arguments.out.mkdir(parents=True, exist_ok=True)
        write_csv(verdicts, arguments.out / "claims.csv")
        (arguments.out / "claims.md").write_text(f"{markdown(verdicts)}\n", encoding="utf-8")


def markdown(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as a Markdown table, each with the comparison that it hangs on."""
    lines = ["| § | claim | verdict | measure | decided by | effect [95 %] | seeds |", "|---|---|---|---|---|---|---|"]
    for verdict in verdicts:
        claim, one = verdict.claim, verdict.decisive
        decided = f"{one.higher} > {one.lower} on {one.world}" + (f": {one.why}" if one.why else "")
        cells = (
            *(claim.section, claim.claim, f"**{verdict.decision}**", claim.measured, decided),
            *(effect(claim, one), seeds(one)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def effect(claim: Claim, comparison: Comparison) -> str:
    """How much higher, with its interval, in the unit of the measure."""
    if comparison.interval is None:
        return "–"
    style = "+.2f" if isinstance(claim.measure, str) else "+,.0f"
    numbers = (comparison.effect, *comparison.interval)
    value, low, high = (format(float(number), style).replace("-", "−") for number in numbers)
    return f"{value} [{low}, {high}]"


def seeds(comparison: Comparison) -> str:
    """How many runs were used, of each model that has some."""
    return " v. ".join(str(len(side)) for side in comparison.seeds if side) or "none"


def write_csv(verdicts: Sequence[Verdict], path: Path) -> None:
    """Writes a row for each comparison of each claim."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for verdict in verdicts:
            for one in verdict.comparisons:
                writer.writerow(_cells(verdict, one))


def _cells(verdict: Verdict, one: Comparison) -> list[object]:
    claim = verdict.claim
    numbers = ["", "", ""] if one.interval is None else [f"{x:.6g}" for x in (one.effect, *one.interval)]
    chance = "" if one.chance is None else f"{one.chance:.6g}"
    used = (" ".join(map(str, side)) for side in one.seeds)
    told = [claim.section, claim.claim, verdict.decision, claim.measured, one.world, one.higher, one.lower]
    return [*told, one.decision, one.why, *numbers, chance, *used, one.env_steps]


if __name__ == "__main__":
    main()
