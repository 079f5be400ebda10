"""Claims as data: whose numbers should be higher than whose, on which maps, by which measure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

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
Pair = tuple[str | float, str | float]
"""What is higher, and what is lower."""


class Beyond(NamedTuple):
    """Which difference must be smaller than a claim's. What is None is as in the claim."""

    map: str | None = None
    higher: Side | None = None
    lower: Side | None = None


@dataclass(frozen=True)
class ClaimSpec:
    """On each map, or over all, each of the models `higher` has a higher value than each of the models `lower`."""

    claim: str
    """In words."""
    section: str
    """Of the paper; `ours` if it is not the paper's."""
    maps: tuple[str, ...]
    higher: Side
    lower: Side
    measure: str | float
    """`final`, `area` or `last`; a number means the environment steps to that threshold."""
    metric: str = WIN_RATE.name
    """The metric that is measured."""
    minus: str | None = None
    """A metric that is subtracted from `metric` at each evaluation."""
    paired: bool = False
    """Whether the first of `higher` is compared with the first of `lower`, the second with the second, and so on."""
    pooled: bool = False
    """Whether the means over all of the maps are compared, instead of every map alone."""
    beyond: Beyond | None = None
    """The difference must not only be above 0, but above this one."""

    @property
    def places(self) -> list[tuple[str, ...]]:
        """What is compared at once: each map, or all of them."""
        return [self.maps] if self.pooled else [(name,) for name in self.maps]

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

    @property
    def models(self) -> set[str]:
        """The models that it is about."""
        return {side for pair in [*self.pairs, *self.pairs_beyond] for side in pair if isinstance(side, str)}

    @property
    def pairs(self) -> list[Pair]:
        """What is compared on each map: a model or a number with a model or a number."""
        return self._pairs(self.higher, self.lower)

    @property
    def pairs_beyond(self) -> list[Pair]:
        """What each of `pairs` must exceed, if there is a `beyond`."""
        beyond = self.beyond or Beyond()
        higher = self.higher if beyond.higher is None else beyond.higher
        return self._pairs(higher, self.lower if beyond.lower is None else beyond.lower)

    def _pairs(self, higher: Side, lower: Side) -> list[Pair]:
        highs, lows = as_list(higher), as_list(lower)
        return list(zip(highs, lows, strict=True) if self.paired else product(highs, lows))


def as_list(side: Side) -> list[str | float]:
    """Return the models, or the number, of a side."""
    return list(side) if isinstance(side, tuple) else [side]


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
    _require_pairs(spec, where)
    return spec


def _require_pairs(spec: ClaimSpec, where: str) -> None:
    """Make sure that every comparison has both its sides."""
    beyond = spec.beyond or Beyond()
    sides = [spec.higher, spec.lower, *(side for side in (beyond.higher, beyond.lower) if side is not None)]
    lengths = {len(as_list(side)) for side in sides}
    if spec.paired and len(lengths) > 1:
        raise ConfigError(f"{where}: paired sides should have equally many models, not {_counts(sides)}")
    if spec.beyond is None:
        return
    if spec.pooled and beyond.map is not None:
        raise ConfigError(f"{where}: beyond names another map, so that pooled should be false")
    if len(spec.pairs) != len(spec.pairs_beyond):
        raise ConfigError(f"{where}: beyond should have as many comparisons as the claim")
    for pair, other in zip(spec.pairs, spec.pairs_beyond, strict=True):
        _require_other_runs(pair, other, spec.beyond.map, where)


def _require_other_runs(pair: Pair, other: Pair, other_map: str | None, where: str) -> None:
    """Make sure that two differences are of models, and of different runs."""
    if not all(isinstance(side, str) for side in (*pair, *other)):
        raise ConfigError(f"{where}: with beyond, higher and lower should be models, not numbers")
    if other_map is None and set(pair) & set(other):
        shared = min(map(str, set(pair) & set(other)))
        raise ConfigError(f"{where}: {shared} is on both sides of beyond; name another map, or other models")


def _counts(sides: Sequence[Side]) -> str:
    return " and ".join(str(len(as_list(side))) for side in sides)


def _value(key: str, value: object, where: str) -> Any:  # noqa: ANN401 - each field has its own type
    match key, value:
        case "measure", _:
            return _measure(value, where)
        case (("paired" | "pooled"), _):
            return _truth(key, value, where)
        case "beyond", _:
            return _beyond(value, where)
        case (("higher" | "lower"), (int() | float())):
            return float(value)
        case (("maps" | "higher" | "lower"), _):
            return tuple(str(name) for name in require_list(key, value, where))
        case _, (str() | float()):
            return str(value)
    raise ConfigError(f"{where}: {key} should be text, not {shown(value)}")


def _truth(key: str, value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where}: {key} should be true or false, not {shown(value)}")
    return value


def _beyond(value: object, where: str) -> Beyond:
    where = f"{where}, beyond"
    if not isinstance(value, dict) or not value:
        raise ConfigError(f"{where}: should have some of the keys {', '.join(Beyond._fields)}")
    for key in value:
        if key not in Beyond._fields:
            raise ConfigError(f"{where}: {unknown('key', str(key), list(Beyond._fields))}")
    return Beyond(**{key: _value(key, entry, where) for key, entry in value.items()})


def _measure(value: object, where: str) -> str | float:
    match value:
        case {"steps_to": int() | float() as threshold, **others} if not others:
            return float(threshold)
        case str():
            if value not in MEASURES:
                raise ConfigError(f"{where}: {unknown('measure', value, [*MEASURES, STEPS_TO])}")
            return value
    raise ConfigError(f"{where}: measure should be {', '.join(MEASURES)} or {{{STEPS_TO}: threshold}}")
