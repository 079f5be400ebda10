"""Claims as data: whose numbers should be higher than whose, on which maps, by which measure."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.report.evaluations import WIN_RATE
from aiirmix.report.measures import Measure, area, final, last, steps_to

MEASURES: dict[str, Measure] = {"final": final, "area": area, "last": last}
STEPS_TO = "steps_to"

Side = tuple[str, ...] | float
"""Models, each of which is meant, or a number."""


@dataclass(frozen=True)
class Claim:
    """On each of the maps, each of the models `higher` has a higher value than each of the models `lower`."""

    claim: str
    """In words."""
    section: str
    """Of the paper."""
    maps: tuple[str, ...]
    higher: Side
    lower: Side
    measure: str | float
    """`final`, `area`, `last`; a number means the environment steps to that threshold."""
    metric: str = WIN_RATE.name
    """What the measure is taken of."""
    minus: str | None = None
    """A metric that is subtracted from the former, evaluation by evaluation."""

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


def read_claims(path: Path) -> list[Claim]:
    """The claims in a YAML file, a list of them.

    Raises:
        ConfigError: there is no such file, or it holds something else; the message names the claim and what is wrong.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read {path}: {' '.join(str(error).split())}") from error
    if not isinstance(entries, list):
        raise ConfigError(f"{path} should be a list of claims")
    return [_claim(entry, f"{path}, claim {number}") for number, entry in enumerate(entries, start=1)]


def _claim(entry: object, where: str) -> Claim:
    known = [field.name for field in fields(Claim)]
    if not isinstance(entry, Mapping):
        raise ConfigError(f"{where}: should have the keys {', '.join(known)}")
    for key in entry:
        if key not in known:
            raise ConfigError(f"{where}: {unknown('key', str(key), known)}")
    missing = [field.name for field in fields(Claim) if field.default is MISSING and field.name not in entry]
    if missing:
        raise ConfigError(f"{where}: {missing[0]} must be given")
    claim = Claim(**{key: _value(key, value, where) for key, value in entry.items()})
    if isinstance(claim.higher, float) and isinstance(claim.lower, float):
        raise ConfigError(f"{where}: higher and lower are both numbers; at least one should be models")
    return claim


def _value(key: str, value: object, where: str) -> Any:  # noqa: ANN401 - as different as the fields are
    if key == "measure":
        return _measure(value, where)
    if key in ("higher", "lower") and isinstance(value, int | float):
        return float(value)
    if key in ("maps", "higher", "lower"):
        return _names(key, value, where)
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


def _names(key: str, value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ConfigError(f"{where}: {key} should be a list, not {shown(value)}")
    return tuple(str(name) for name in value)
