"""Claims as data: whose numbers should be higher than whose, on which maps, by which measure."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.common.resources import EXPERIMENTS
from aiirmix.report.evaluations import WIN_RATE
from aiirmix.report.measures import Measure, area, final, last, steps_to
from aiirmix.report.yaml_spec import read_yaml, require_keys, require_list

PAPER_CLAIMS = EXPERIMENTS / "claims.yaml"
MEASURES: dict[str, Measure] = {"final": final, "area": area, "last": last}
STEPS_TO = "steps_to"

Side = tuple[str, ...] | float
"""All of these models, or a number."""


@dataclass(frozen=True)
class ClaimSpec:
    """On each of the maps, each of the models `higher` has a higher value than each of the models `lower`."""

    claim: str
    """In words."""
    section: str
    """Of the paper."""
    maps: tuple[str, ...]
    higher: Side
    lower: Side
    measure: str | float
    """`final`, `area` or `last`; a number means the environment steps to that threshold."""
    metric: str = WIN_RATE.name
    """The metric that is measured."""
    minus: str | None = None
    """A metric that is subtracted from `metric` at each evaluation."""

    @property
    def apply(self) -> Measure:
        """The measure as a function."""
        return MEASURES[self.measure] if isinstance(self.measure, str) else steps_to(self.measure)

    @property
    def measured(self) -> str:
        """The measure in words."""
        of = "" if self.metric == WIN_RATE.name else f" of {self.metric}"
        less = f" − {self.minus}" if self.minus else ""
        how = self.measure if isinstance(self.measure, str) else f"steps to {self.measure:g}"
        return f"{how}{of}{less}"


def read_claims(path: Path) -> list[ClaimSpec]:
    """Read a YAML file that holds a list of claims.

    Raises:
        ConfigError: the file cannot be read, or a claim is wrong; the message names the claim and the fault.
    """
    entries = read_yaml(path)
    if not isinstance(entries, list):
        raise ConfigError(f"{path} should be a list of claims")
    return [_claim(entry, f"{path}, claim {number}") for number, entry in enumerate(entries, start=1)]


def _claim(entry: object, where: str) -> ClaimSpec:
    entry = require_keys(entry, ClaimSpec, where)
    spec = ClaimSpec(**{key: _value(key, value, where) for key, value in entry.items()})
    if isinstance(spec.higher, float) and isinstance(spec.lower, float):
        raise ConfigError(f"{where}: higher and lower are both numbers; at least one should be models")
    return spec


def _value(key: str, value: object, where: str) -> Any:  # noqa: ANN401 - each field has its own type
    if key == "measure":
        return _measure(value, where)
    if key in ("higher", "lower") and isinstance(value, int | float):
        return float(value)
    if key in ("maps", "higher", "lower"):
        return tuple(str(name) for name in require_list(key, value, where))
    if not isinstance(value, str | float):
        raise ConfigError(f"{where}: {key} should be text, not {shown(value)}")
    return str(value)


def _measure(value: object, where: str) -> str | float:
    match value:
        case {"steps_to": int() | float() as threshold, **others} if not others:
            return float(threshold)
        case str():
            if value not in MEASURES:
                raise ConfigError(f"{where}: {unknown('measure', value, [*MEASURES, STEPS_TO])}")
            return value
    raise ConfigError(f"{where}: measure should be {', '.join(MEASURES)} or {{{STEPS_TO}: threshold}}")
