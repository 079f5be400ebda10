"""A game on SMACv2's map, which is empty: its client creates the units of each battle (docs/smacv2.md)."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from aiirmix.common.errors import ConfigError
from aiirmix.envs.contract.map_spec import MapSpec
from aiirmix.envs.contract.scenarios import EMPTY_MAP, RACES, find_scenario
from aiirmix.envs.sc2_server.game import Creation, Game
from aiirmix.envs.skirmish.views.raw import AGENT, DRAFT_KINDS, ENEMY, FIRST_AGENT_TYPE, STOCK_TYPES

KINDS = {
    AGENT: {FIRST_AGENT_TYPE + number: kind for number, kind in enumerate(DRAFT_KINDS)},
    ENEMY: {number: kind for kind, number in STOCK_TYPES.items()},
}
"""The kinds that can be created, by owner and type."""


class CreatedGame(Game):
    """Battles of units that the client creates: each begins when there are some on both sides.

    Random numbers of a battle are those of a skirmish battle on a scenario with the same seed and units.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._created: dict[int, list[Creation]] = {AGENT: [], ENEMY: []}
        super().__init__(EMPTY_MAP, seed, scenario_of([]))

    def create(self, unit: Creation) -> None:
        """Create a unit in the next loop, or as soon as there are units on both sides.

        Raises:
            ConfigError: a battle is in progress, or no such unit can be created beside the others.
        """
        if self.units():
            raise ConfigError("units can be created when there are none; kill those that there are first")
        if unit.unit_type not in KINDS.get(unit.owner, {}):
            raise ConfigError(f"no unit of type {unit.unit_type} can be created for player {unit.owner}")
        scenario_of([*self._kinds(), KINDS[unit.owner][unit.unit_type]])
        self._created[unit.owner].append(unit)

    def kill(self, tags: Iterable[int]) -> None:
        """Set the units' health to 0, and forget units that have not appeared."""
        super().kill(tags)
        self._all_dead = not self.units()
        self._created = {AGENT: [], ENEMY: []}

    def _prepare(self) -> bool:
        agents, enemies = self._created[AGENT], self._created[ENEMY]
        if not agents or not enemies:
            return False
        scenario = scenario_of(self._kinds())
        assert scenario.draft
        sizes = replace(scenario.draft, allies=len(agents), enemies=len(enemies))
        self._set_up(replace(scenario, draft=sizes))
        self.world.place(self._kinds(), np.array([(unit.x, unit.y) for unit in agents + enemies]))
        self._created = {AGENT: [], ENEMY: []}
        return True

    def _kinds(self) -> list[str]:
        """Return the kinds of the units that have been created, agents first."""
        return [KINDS[owner][unit.unit_type] for owner, units in self._created.items() for unit in units]


def scenario_of(kinds: Sequence[str]) -> MapSpec:
    """Return a scenario with units of these kinds.

    Raises:
        ConfigError: there is none.
    """
    scenarios = [find_scenario(f"{race}_5_vs_5") for race in RACES]
    found = next((spec for spec in scenarios if set(kinds) <= set(spec.ally_bits)), None)
    if found is None:
        raise ConfigError(f"no scenario of SMACv2 has {' and '.join(sorted(set(kinds)))}")
    return found
