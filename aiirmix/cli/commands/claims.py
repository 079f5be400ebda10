"""Judge the claims of the paper, and ours, by runs.

Reads run directories or kept evaluations, and prints for each claim in experiments/claims.yaml whether it holds, does
not hold or is undecided, and which comparison decides.
"""

import argparse
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sources, the claims and the folder of the output."""
    parser.add_argument("sources", nargs="+", type=Path, help="experiments, runs/<name>, or files evaluations.csv")
    parser.add_argument(
        "--claims",
        type=Path,
        metavar="FILE",
        help="default: those in experiments/claims.yaml that have runs",
    )
    parser.add_argument("--env", help="judge the runs in this environment, e.g. smac (default: the embedded simulator)")
    parser.add_argument(
        "--cells", type=Path, metavar="FILE", help="which runs stand for which model, e.g. experiments/cells_ppo.yaml"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep claims.csv and claims.md there")


def run(options: argparse.Namespace) -> None:
    """Print the verdicts, and keep them if asked to."""
    from aiirmix.common.errors import ConfigError
    from aiirmix.report.cells import read_cells, under_models
    from aiirmix.report.claims import judge_all, judged_models, keep, markdown_table, not_listed
    from aiirmix.report.evaluations import load, several_commits
    from aiirmix.report.ledger import tuning_budgets

    runs = load(*options.sources)
    if options.cells:
        runs = under_models(runs, read_cells(options.cells))
    verdicts = judge_all(runs, options.claims, options.env)
    if not verdicts:
        models = ", ".join(sorted({run.model for run in runs}))
        raise ConfigError(f"no claim is about {models}; write claims of your own and name the file: --claims FILE")
    compared = judged_models(verdicts, runs)
    commits = several_commits(run for run in runs if run.model in compared)
    notes = not_listed(verdicts, options.claims), commits, tuning_budgets(compared)
    print("\n\n".join(filter(None, [markdown_table(verdicts), *notes])))
    if options.out:
        keep(verdicts, options.out)
