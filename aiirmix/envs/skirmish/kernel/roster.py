"""What battles of a map begin with: finished units or, where teams are drawn, what they are drawn from."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MAP_SIZE, PLAYABLE_HIGH, PLAYABLE_LOW, Draft, MapSpec
from aiirmix.envs.contract.smacv2_flags import Smacv2Flags
from aiirmix.envs.skirmish.catalog.ranges import agent_ranges
from aiirmix.envs.skirmish.catalog.tuning import DEFAULT_TUNING, Tuning
from aiirmix.envs.skirmish.catalog.units import UNIT_TYPES
from aiirmix.envs.skirmish.kernel.initial_units import fresh_unit, initial_units, nearness, widest
from aiirmix.envs.skirmish.kernel.state import Records, Unit, record
from aiirmix.envs.skirmish.kernel.terrain import walkable_cells


class Roster(NamedTuple):
    """Arrays that compiled functions read. Only `units` is not empty on maps whose teams never change."""

    units: Records
    """[U], the units at the beginning; where teams are drawn [K], a fresh unit of each kind."""
    cumulative: NDArray[np.float64]
    """[K]; the kinds' probabilities, added up."""
    never_alone: NDArray[np.bool_]
    """[K]; kinds that may not make up a whole team."""
    rank: NDArray[np.int64]
    """[K]; the order of the kinds by which agents are sorted: alphabetical, as the game numbers them."""
    grid: NDArray[np.float64]
    """[P, 2]; steps from a point to places around it, the nearest first."""


def make_roster(spec: MapSpec, flags: Smacv2Flags, by_kind: bool, sort_enemies: bool, tuning: Tuning) -> Roster:
    """Return what battles of the map begin with; ranges of agents depend on their kind or are SMAC's.

    Raises:
        ConfigError: the map has no room for all units.
    """

    def ready(kind: str) -> np.void:
        return fresh_unit(kind, tuning.body_fraction, agent_ranges(kind, by_kind, flags.min_attack_range))

    if spec.draft is None:
        nothing = np.zeros(0)
        units = initial_units(spec, ready, tuning, sort_enemies)
        return Roster(units, nothing, nothing.astype(np.bool_), nothing.astype(np.int64), np.zeros((0, 2)))
    draft = spec.draft
    grid = _grid(draft, tuning)
    _require_room(spec, draft, grid)
    units = np.zeros(len(draft.kinds), record(Unit))
    for bit, kind in enumerate(draft.kinds):
        units[bit] = ready(kind)
        units[bit]["type_bit"] = bit
    return Roster(
        units,
        cumulative=_cumulative(draft.weights),
        never_alone=np.isin(draft.kinds, draft.never_alone),
        rank=np.argsort(np.argsort(draft.kinds)),
        grid=grid,
    )


def check_room(spec: MapSpec) -> None:
    """Make sure that the map has room for its units.

    Raises:
        ConfigError: it does not.
    """
    make_roster(spec, Smacv2Flags(), by_kind=False, sort_enemies=False, tuning=DEFAULT_TUNING)


def _cumulative(weights: tuple[float, ...]) -> NDArray[np.float64]:
    """Return the weights added up, exactly 1 from the last kind that is drawn."""
    cumulative = np.cumsum(weights) / sum(weights)
    cumulative[np.flatnonzero(weights)[-1] :] = 1.0
    return cumulative


def _grid(draft: Draft, tuning: Tuning) -> NDArray[np.float64]:
    """Return a square grid around the origin, as wide as the map in each direction, by distance from the origin."""
    spacing = 2 * widest([UNIT_TYPES[kind] for kind in draft.kinds]) + tuning.formation_slack
    most = int(MAP_SIZE / spacing)
    steps = [(column, row) for column in range(-most, most + 1) for row in range(-most, most + 1)]
    return np.array(sorted(steps, key=nearness)) * spacing


def _require_room(spec: MapSpec, draft: Draft, grid: NDArray[np.float64]) -> None:
    """Make sure that all units find places of the grid around the map's centre, wherever their kinds stand."""
    places = grid + MAP_SIZE / 2
    places = places[(places >= PLAYABLE_LOW).all(1) & (places <= PLAYABLE_HIGH).all(1)]
    x, y = places.astype(np.int64).T
    room, count = int(walkable_cells(spec)[x, y].sum()), draft.allies + draft.enemies
    if room < count:
        raise ConfigError(f"there is room for {room} of the {count} units that are drawn")
