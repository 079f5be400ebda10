"""What the pages of reports have in common: jinja's environment, names, numbers, and the section on claims."""

from collections.abc import Sequence
from typing import Any

from jinja2 import Environment, PackageLoader

from aiirmix.report import claim_section, diagnostic_charts, judge, measures, summary
from aiirmix.report.claims import format_effect, format_seeds
from aiirmix.report.estimates import format_estimate, format_steps
from aiirmix.report.evaluations import RETURN, WIN_RATE
from aiirmix.report.judge import Verdict
from aiirmix.report.style import display_name


def environment() -> Environment:
    """Return the environment that finds the templates, with the filters that they use."""
    found = Environment(loader=PackageLoader("aiirmix.report", "template"), autoescape=True, trim_blocks=True)
    found.filters |= {
        "model": display_name,
        "estimate": format_estimate,
        "steps": format_steps,
        "percent": lambda fraction: f"{100 * fraction:.2f}%",
    }
    return found


def claim_context(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Return what the section on claims shows."""
    return {
        "compared": [verdict for verdict in verdicts if claim_section.is_compared(verdict)],
        "untouched": [verdict for verdict in verdicts if not claim_section.is_compared(verdict)],
        "effect": format_effect,
        "seeds_of": format_seeds,
        "whiskers": claim_section.whiskers,
    }


def constants() -> dict[str, Any]:
    """Return the names and numbers that the pages have in common with the code."""
    return {
        "win_rate": WIN_RATE,
        "returns": RETURN,
        "threshold": summary.THRESHOLD,
        "smoothing_window": measures.SMOOTHING_WINDOW,
        "final_fraction": measures.FINAL_FRACTION,
        "enough_seeds": judge.ENOUGH_SEEDS,
        "zero": claim_section.ZERO,
        "chart": diagnostic_charts,
    }
