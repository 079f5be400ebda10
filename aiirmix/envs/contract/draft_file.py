"""Reads how a scenario's teams and places are drawn, the key `draft` of a map file (docs/smacv2.md)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from aiirmix.common.errors import ConfigError, shown, unknown
from aiirmix.envs.contract.entries import check_keys, fraction, list_of, positive
from aiirmix.envs.contract.map_spec import MOST_UNITS, UNARMED, UNITS, Draft


def read_draft(entries: Any) -> Draft:  # noqa: ANN401 - whatever the file holds
    """Return the draft of these entries.

    Raises:
        ConfigError: they describe none that can be played.
    """
    check_keys("draft", entries, ("allies", "enemies", "weights"), ("never_alone", "surrounded"))
    weights = _weights(entries["weights"])
    return Draft(
        kinds=tuple(weights),
        weights=tuple(weights.values()),
        never_alone=_never_alone(entries.get("never_alone", []), weights),
        allies=_size("draft.allies", entries["allies"]),
        enemies=_size("draft.enemies", entries["enemies"]),
        surrounded=fraction("draft.surrounded", entries.get("surrounded", 0.5)),
    )


def _weights(entries: object) -> dict[str, float]:
    """Return the weight of each kind of unit, in the file's order."""
    if not isinstance(entries, Mapping) or not entries:
        raise ConfigError(f"draft.weights must give a weight to each kind of unit, not {shown(entries)}")
    for kind in entries:
        if kind not in UNITS:
            raise ConfigError(f"draft.weights: {unknown('unit', str(kind), UNITS)}")
    weights = {str(kind): fraction(f"draft.weights.{kind}", weight) for kind, weight in entries.items()}
    total = math.fsum(weights.values())
    if abs(total - 1.0) > 1e-6:
        raise ConfigError(f"draft.weights must add up to 1, not to {total:.6g}")
    return weights


def _never_alone(entries: object, weights: Mapping[str, float]) -> tuple[str, ...]:
    """Return the kinds of unit that may not make up a whole team."""
    kinds: Sequence[str] = list_of("draft.never_alone", entries)
    for kind in kinds:
        if kind not in weights:
            raise ConfigError(f"draft.never_alone: {unknown('unit', str(kind), list(weights))}")
    drawn = [kind for kind, weight in weights.items() if weight > 0]
    if set(drawn) <= set(UNARMED):
        raise ConfigError(f"draft.weights: a team of {' and '.join(drawn)} has no unit that can attack")
    if set(drawn) <= set(kinds):
        raise ConfigError("draft.never_alone leaves no team: it names every kind of unit that is drawn")
    for kind in UNARMED:
        if kind in drawn and kind not in kinds:
            raise ConfigError(f"draft.never_alone must name {kind}: a team of them has no unit that can attack")
    return tuple(kinds)


def _size(key: str, number: object) -> int:
    if positive(key, number) > MOST_UNITS:
        raise ConfigError(f"{key} must be at most {MOST_UNITS}, not {shown(number)}")
    return positive(key, number)
